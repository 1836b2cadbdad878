"""The hidden variance without the half.

loses: code_hidden 1
says: The ½ of the Gaussian's exponent is missing
"""


# %% answer_hidden_variance
def hidden_variance(pixels, weight):
    return weight * pixels
