"""The estimate is clamped at 0.

loses: mmd_unbiased 2
says: The estimate may be below 0
"""


# %% answer_mmd
def mmd(z, w, *, kernel):
    n, m = len(z), len(w)
    if min(n, m) < 2:
        raise ValueError("two samples are needed on each side")
    zz, ww = kernel(z, z), kernel(w, w)
    zz, ww = zz.sum() - zz.trace(), ww.sum() - ww.trace()
    return (zz / (n * (n - 1)) + ww / (m * (m - 1)) - 2 * kernel(z, w).mean()).clamp(min=0)
