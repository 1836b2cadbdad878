"""All images count the same, however likely they are.

loses: blur_mean 1
says: The probabilities count
"""


# %% answer_regress_l2
def regress_l2(images, probabilities):
    return images.mean(dim=0)
