"""The number of pixels is forgotten.

loses: code_hidden 1
says: hides a factor, their number
"""


# %% answer_hidden_variance
def hidden_variance(pixels, weight):
    return weight / 2
