"""The number of codes is taken for both sides.

loses: mmd_unbiased 2
says: its own number of samples
"""


# %% answer_mmd
def mmd(z, w, *, kernel):
    n, m = len(z), len(w)
    if min(n, m) < 2:
        raise ValueError("two samples are needed on each side")
    zz, ww = kernel(z, z), kernel(w, w)
    zz, ww = zz.sum() - zz.trace(), ww.sum() - ww.trace()
    return zz / (n * (n - 1)) + ww / (n * (n - 1)) - 2 * kernel(z, w).mean()
