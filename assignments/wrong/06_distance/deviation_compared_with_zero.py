"""Equal distances are recognised by a deviation of exactly 0, which rounding prevents.

loses: units_refuses 1
says: distances that are all 0.1
"""


# %% answer_domain_statistics
def domain_statistics(distances):
    if len(distances) < 2:
        raise ValueError("no deviation")
    mean, deviation = distances.mean().item(), distances.std(correction=0).item()
    if deviation == 0:
        raise ValueError("no deviation")
    return mean, deviation
