"""Pairs are counted once and divided as if they were counted twice.

loses: mmd_unbiased 2
says: Each pair was counted once
"""


# %% answer_mmd
def mmd(z, w, *, kernel):
    n, m = len(z), len(w)
    if min(n, m) < 2:
        raise ValueError("two samples are needed on each side")
    zz, ww = kernel(z, z).triu(1).sum(), kernel(w, w).triu(1).sum()
    return zz / (n * (n - 1)) + ww / (m * (m - 1)) - 2 * kernel(z, w).mean()
