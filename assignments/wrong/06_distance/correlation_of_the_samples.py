"""The samples are correlated, and not their distances.

loses: truth_correlation 3
says: That is the correlation of the samples
"""


# %% answer_distances_kept
def distances_kept(x, y):
    if len(x) != len(y):
        raise ValueError("every x needs its y")
    return torch.corrcoef(torch.stack([x.flatten(), y.flatten()]))[0, 1].item()
