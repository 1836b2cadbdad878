"""The rows are divided by the sums of the columns.

loses: reading_conditional 1
says: by the sums of the columns
"""


# %% answer_conditional
def conditional(coupling):
    if (coupling.sum(1) <= 0).any():
        raise ValueError("a point without mass")
    return coupling / coupling.sum(0)
