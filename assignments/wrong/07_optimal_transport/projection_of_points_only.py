"""A matrix product, which does not know images.

loses: reading_projection 1
says: must have the shape
"""


# %% answer_projection
def projection(coupling, y):
    if (coupling.sum(1) <= 0).any():
        raise ValueError("a point without mass")
    return (coupling / coupling.sum(1, keepdim=True)) @ y.reshape(len(y), -1)
