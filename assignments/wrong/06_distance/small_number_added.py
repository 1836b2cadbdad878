"""Distances that are all equal get a small deviation, so that nothing is divided by zero.

loses: units_refuses 1
says: would only hide it
"""


# %% answer_domain_statistics
def domain_statistics(distances):
    if len(distances) < 2:
        raise ValueError("no deviation")
    exact = distances.detach().double()
    return exact.mean().item(), max(exact.std(correction=0).item(), 1e-8)
