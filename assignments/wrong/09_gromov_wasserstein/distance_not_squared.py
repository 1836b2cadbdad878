"""The kernel of the distance instead of the squared distance.

loses: mmd_kernel 1
says: in the kernel it is squared
"""


# %% answer_imq
def imq(z, w, *, scale):
    return scale / (scale + torch.cdist(z, w))
