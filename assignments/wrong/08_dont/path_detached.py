"""The path is detached, and nobody learns to move less.

loses: effort_teaches 1
says: cut off from whoever made it
"""


# %% answer_effort
def effort(path, *, p=2.0, c=None):
    if not p > 1:
        raise ValueError(f"p = {p} is not above 1")
    if c is not None and not bool((c > 0).all()):
        raise ValueError("a cost weight is not positive")
    steps, path = len(path) - 1, path.detach()
    v = steps * (path[1:] - path[:-1])
    cost = v.abs() ** p
    if c is not None:
        cost = c * cost
    return cost.sum() / (steps * path.shape[1])
