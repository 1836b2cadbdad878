"""A point without mass gets nan, and nobody hears of it.

loses: reading_refuses 1
says: is 0 divided by 0
"""


# %% answer_conditional
def conditional(coupling):
    return coupling / coupling.sum(1, keepdim=True)


# %% answer_projection
def projection(coupling, y):
    return torch.tensordot(coupling / coupling.sum(1, keepdim=True), y, dims=1)
