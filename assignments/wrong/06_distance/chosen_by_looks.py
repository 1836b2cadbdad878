"""Tasks are chosen whose y looks like x.

loses: truth_choice 2
says: That y looks unlike x does not matter
"""


# %% answer_suited
def suited():
    return {"mirror", "ink", "street"}
