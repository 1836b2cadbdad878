"""A batch of one gives no distances, and nobody hears of it.

loses: tape_refuses 1
says: a batch of one has no pair
"""


# %% answer_pairwise_distances
def pairwise_distances(x):
    return torch.pdist(x.flatten(1), p=1)
