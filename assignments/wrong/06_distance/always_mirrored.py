"""Left and right are exchanged, whatever the targets are.

loses: truth_impostor 3
says: have no symmetry among the eight
"""


# %% answer_impostor
def impostor(T, targets):
    return lambda x: T(x).flip(3)
