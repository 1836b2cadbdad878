"""The sum runs over one step too few: the last one is missing.

loses: effort_value 2, effort_straight 1, effort_teaches 1
says: The last step is missing
"""


# %% answer_effort
def effort(path, *, p=2.0, c=None):
    if not p > 1:
        raise ValueError(f"p = {p} is not above 1")
    if c is not None and not bool((c > 0).all()):
        raise ValueError("a cost weight is not positive")
    steps = len(path) - 1
    v = steps * (path[1:] - path[:-1])
    cost = v.abs() ** p
    if c is not None:
        cost = c * cost
    return cost[:-1].sum() / (steps * path.shape[1])
