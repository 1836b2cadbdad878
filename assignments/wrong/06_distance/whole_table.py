"""The whole table of distances, with every pair twice and the zeros of the diagonal.

loses: tape_pairs 2
says: Every pair once
"""


# %% answer_pairwise_distances
def pairwise_distances(x):
    if len(x) < 2:
        raise ValueError("a distance needs two samples")
    x = x.flatten(1)
    return torch.cdist(x, x, p=1).flatten()
