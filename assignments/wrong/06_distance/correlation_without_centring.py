"""The means are not taken off, so that all distances agree somewhat.

loses: truth_correlation 3
says: without that, all distances agree somewhat
"""


# %% answer_distances_kept
def distances_kept(x, y):
    if len(x) != len(y):
        raise ValueError("every x needs its y")
    d, e = (torch.pdist(v.flatten(1), p=1) for v in (x, y))
    return ((d * e).sum() / (d.norm() * e.norm())).item()
