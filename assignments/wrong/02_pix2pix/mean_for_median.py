"""The mean is given as the answer to both losses.

loses: blur_median 2
says: which minimises the square
"""


# %% answer_regress_l1
def regress_l1(images, probabilities):
    return torch.einsum("n,n...->...", probabilities, images)
