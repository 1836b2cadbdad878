"""The mass that a target gets from others than its main source.

loses: reading_split 2
says: it is the x that may split
"""


# %% answer_split_mass
def split_mass(coupling):
    return 1 - coupling.amax(0).sum()
