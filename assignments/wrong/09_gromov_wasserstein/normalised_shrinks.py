"""Normalised distances are taken to shrink.

loses: scale_factors 1
says: do not change at all
"""


# %% answer_factors
def factors(c):
    return {
        "distances": c,
        "energy": c**2,
        "root": c,
        "slope": c,
        "epsilon": c**2,
        "normalised": c**2,
    }
