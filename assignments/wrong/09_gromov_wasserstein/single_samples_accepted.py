"""A single sample is not refused, and gives what is no number.

loses: mmd_refuses 1
says: raise a ValueError
"""


# %% answer_mmd
def mmd(z, w, *, kernel):
    n, m = len(z), len(w)
    zz, ww = kernel(z, z), kernel(w, w)
    zz, ww = zz.sum() - zz.trace(), ww.sum() - ww.trace()
    return zz / (n * (n - 1)) + ww / (m * (m - 1)) - 2 * kernel(z, w).mean()
