"""A cost weight of 0 is accepted, as in the paper's second task.

loses: effort_refuses 1
says: stirred at will
"""


# %% answer_effort
def effort(path, *, p=2.0, c=None):
    if not p > 1:
        raise ValueError(f"p = {p} is not above 1")
    steps = len(path) - 1
    v = steps * (path[1:] - path[:-1])
    cost = v.abs() ** p
    if c is not None:
        cost = c * cost
    return cost.sum() / (steps * path.shape[1])
