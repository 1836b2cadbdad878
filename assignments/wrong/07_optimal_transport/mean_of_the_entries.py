"""The mean over the entries of the coupling, and not their sum.

loses: reading_cost 1
says: take no mean
"""


# %% answer_coupling_cost
def coupling_cost(coupling, x, y):
    squares = (x.flatten(1)[:, None] - y.flatten(1)).square().sum(2)
    return (coupling * squares).mean()
