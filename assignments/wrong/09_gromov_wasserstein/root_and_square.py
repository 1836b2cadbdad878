"""The distance is found by a root and squared again, which has no slope at 0.

loses: mmd_kernel 1
says: where two codes coincide the slope must be finite
"""


# %% answer_imq
def imq(z, w, *, scale):
    distance = (z[:, None] - w[None]).square().sum(2).sqrt()
    return scale / (scale + distance**2)
