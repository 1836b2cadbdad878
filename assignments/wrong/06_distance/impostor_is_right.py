"""The translator that was given is returned: it fits, it keeps distances, and it is right.

loses: truth_impostor 3
says: and it is right
"""


# %% answer_impostor
def impostor(T, targets):
    return T
