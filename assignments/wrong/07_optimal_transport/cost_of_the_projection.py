"""What it costs to go to the barycentric projection.

loses: reading_cost 1
says: the spread about the mean is missing
"""


# %% answer_coupling_cost
def coupling_cost(coupling, x, y):
    a = coupling.sum(1)
    middle = torch.tensordot(coupling / a[:, None], y, dims=1)
    return (a * (x - middle).flatten(1).square().sum(1)).sum()
