"""The projection is not divided by the weight of the point.

loses: reading_projection 1
says: The division by a is missing
"""


# %% answer_projection
def projection(coupling, y):
    if (coupling.sum(1) <= 0).any():
        raise ValueError("a point without mass")
    return torch.tensordot(coupling, y, dims=1)
