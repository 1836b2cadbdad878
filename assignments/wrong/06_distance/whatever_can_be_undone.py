"""Every task whose map is one to one is taken to keep distances.

loses: truth_choice 2
says: keeps no distances
"""


# %% answer_suited
def suited():
    return {"negative", "mirror", "cipher", "ink", "gauge"}
