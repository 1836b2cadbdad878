"""The whole table is correlated, with every sample's distance from itself.

loses: truth_correlation 3
says: is no evidence
"""


# %% answer_distances_kept
def distances_kept(x, y):
    if len(x) != len(y):
        raise ValueError("every x needs its y")
    d, e = (torch.cdist(v.flatten(1), v.flatten(1), p=1).flatten() for v in (x, y))
    return torch.corrcoef(torch.stack([d, e]))[0, 1].item()
