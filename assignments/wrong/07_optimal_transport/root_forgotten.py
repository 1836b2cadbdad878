"""The root is forgotten.

loses: line_distance 2
says: The root is missing
"""


# %% answer_wasserstein
def wasserstein(x, y, *, p):
    if len(x) != len(y):
        raise ValueError("not as many x as y")
    if p < 1:
        raise ValueError("p must be at least 1")
    return (x.sort().values - y.sort().values).abs().pow(p).mean()
