"""Euclidean distances.

loses: tape_pairs 2
says: as the crow flies
"""


# %% answer_pairwise_distances
def pairwise_distances(x):
    if len(x) < 2:
        raise ValueError("a distance needs two samples")
    return torch.pdist(x.flatten(1))
