"""The biased estimate.

loses: mmd_unbiased 2
says: That is the biased estimate
"""


# %% answer_mmd
def mmd(z, w, *, kernel):
    n, m = len(z), len(w)
    if min(n, m) < 2:
        raise ValueError("two samples are needed on each side")
    return kernel(z, z).mean() + kernel(w, w).mean() - 2 * kernel(z, w).mean()
