"""The diagonal is out of the sum and still in the count.

loses: mmd_unbiased 2
says: but divided is by n²
"""


# %% answer_mmd
def mmd(z, w, *, kernel):
    n, m = len(z), len(w)
    if min(n, m) < 2:
        raise ValueError("two samples are needed on each side")
    zz, ww = kernel(z, z), kernel(w, w)
    zz, ww = zz.sum() - zz.trace(), ww.sum() - ww.trace()
    return zz / n**2 + ww / m**2 - 2 * kernel(z, w).mean()
