"""The kernel is not 1 for equal codes.

loses: mmd_kernel 1
says: The C above is missing
"""


# %% answer_imq
def imq(z, w, *, scale):
    return 1 / (scale + torch.cdist(z, w) ** 2)
