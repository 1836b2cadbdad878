"""The diagonal is kept, although divided by the number of different pairs.

loses: mmd_unbiased 2
says: The diagonal is still in the sums
"""


# %% answer_mmd
def mmd(z, w, *, kernel):
    n, m = len(z), len(w)
    if min(n, m) < 2:
        raise ValueError("two samples are needed on each side")
    within = kernel(z, z).sum() / (n * (n - 1)) + kernel(w, w).sum() / (m * (m - 1))
    return within - 2 * kernel(z, w).mean()
