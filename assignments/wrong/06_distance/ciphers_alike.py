"""A shuffling of its own for each drawing is taken for one that all have in common.

loses: truth_choice 2
says: each is shuffled its own way
"""


# %% answer_suited
def suited():
    return {"negative", "mirror", "cipher", "ciphers", "ink"}
