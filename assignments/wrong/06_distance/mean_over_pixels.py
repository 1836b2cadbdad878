"""The mean of absolute differences over the pixels, and not their sum.

loses: tape_pairs 2
says: A sum over the entries, and no mean
"""


# %% answer_pairwise_distances
def pairwise_distances(x):
    if len(x) < 2:
        raise ValueError("a distance needs two samples")
    return torch.pdist(x.flatten(1), p=1) / x[0].numel()
