"""The points are compared in the order in which they came.

loses: line_distance 2
says: in the order in which they came
"""


# %% answer_wasserstein
def wasserstein(x, y, *, p):
    if len(x) != len(y):
        raise ValueError("not as many x as y")
    if p < 1:
        raise ValueError("p must be at least 1")
    return (x - y).abs().pow(p).mean().pow(1 / p)
