"""All x are taken to have the weight 1/n.

loses: reading_conditional 1, reading_projection 1
says: if all x had the same weight
"""


# %% answer_conditional
def conditional(coupling):
    if (coupling.sum(1) <= 0).any():
        raise ValueError("a point without mass")
    return len(coupling) * coupling


# %% answer_projection
def projection(coupling, y):
    if (coupling.sum(1) <= 0).any():
        raise ValueError("a point without mass")
    return len(coupling) * torch.tensordot(coupling, y, dims=1)
