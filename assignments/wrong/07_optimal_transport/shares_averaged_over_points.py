"""The mean share that splits, over the points, whatever they weigh.

loses: reading_split 2
says: a point with more mass counts for more
"""


# %% answer_split_mass
def split_mass(coupling):
    return (1 - (coupling / coupling.sum(1, keepdim=True)).amax(1)).mean()
