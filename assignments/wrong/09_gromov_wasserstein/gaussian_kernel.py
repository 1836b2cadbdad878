"""A Gaussian kernel.

loses: mmd_kernel 1
says: That is a Gaussian kernel
"""


# %% answer_imq
def imq(z, w, *, scale):
    return (-(torch.cdist(z, w) ** 2) / (2 * scale)).exp()
