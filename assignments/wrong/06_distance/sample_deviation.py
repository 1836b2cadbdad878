"""The sum of squares is divided by n - 1, as torch.std does unless told otherwise.

loses: units_values 2
says: You divided by n - 1
"""


# %% answer_domain_statistics
def domain_statistics(distances):
    if len(distances) < 2 or distances.max() == distances.min():
        raise ValueError("no deviation")
    return distances.mean().item(), distances.std().item()
