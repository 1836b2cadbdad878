"""The largest entries are tied, and the first one wins by chance.

loses: plan_pile 1
says: strictly largest
"""


# %% answer_pile
def pile(n):
    return torch.full((n, n), 1 / n**2, dtype=torch.double)
