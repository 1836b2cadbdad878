"""A larger weight of the divergence is taken for a smaller variance.

loses: code_hidden 1
says: the pixels are trusted less
"""


# %% answer_hidden_variance
def hidden_variance(pixels, weight):
    return pixels / (2 * weight)
