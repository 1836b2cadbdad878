"""For p below 1 the points are sorted all the same.

loses: line_refuses 1
says: sorting takes two ways of length 1
"""


# %% answer_wasserstein
def wasserstein(x, y, *, p):
    if len(x) != len(y):
        raise ValueError("not as many x as y")
    return (x.sort().values - y.sort().values).abs().pow(p).mean().pow(1 / p)
