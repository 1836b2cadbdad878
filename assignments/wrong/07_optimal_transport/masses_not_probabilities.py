"""The rows are returned as they are.

loses: reading_conditional 1
says: These are masses
"""


# %% answer_conditional
def conditional(coupling):
    if (coupling.sum(1) <= 0).any():
        raise ValueError("a point without mass")
    return coupling
