"""The slope is taken to shrink like the energy.

loses: scale_factors 1
says: c² / c = c
"""


# %% answer_factors
def factors(c):
    return {
        "distances": c,
        "energy": c**2,
        "root": c,
        "slope": c**2,
        "epsilon": c**2,
        "normalised": 1.0,
    }
