"""Euclidean distances are correlated.

loses: truth_correlation 3
says: sums of absolute differences
"""


# %% answer_distances_kept
def distances_kept(x, y):
    if len(x) != len(y):
        raise ValueError("every x needs its y")
    return torch.corrcoef(torch.stack([torch.pdist(v.flatten(1)) for v in (x, y)]))[0, 1].item()
