"""That several points can share a target is not looked at.

loses: reading_split 2
says: send all their mass to two places
"""


# %% answer_kind
def kind(coupling):
    return "split" if ((coupling > 1e-6).sum(1) > 1).any() else "one to one"
