"""The scale is squared, as if it were a length.

loses: mmd_kernel 1
says: That is C²
"""


# %% answer_imq
def imq(z, w, *, scale):
    return scale**2 / (scale**2 + torch.cdist(z, w) ** 2)
