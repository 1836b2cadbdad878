"""The distance is calculated in NumPy, and teaches nobody.

loses: line_distance 2
says: no gradient passes
"""


# %% answer_wasserstein
def wasserstein(x, y, *, p):
    if len(x) != len(y):
        raise ValueError("not as many x as y")
    if p < 1:
        raise ValueError("p must be at least 1")
    import numpy as np

    x, y = np.sort(x.detach().numpy()), np.sort(y.detach().numpy())
    return torch.tensor(np.mean(np.abs(x - y) ** p) ** (1 / p))
