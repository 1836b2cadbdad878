"""The energy is taken for a distance.

loses: scale_factors 1
says: the energy falls to a quarter
"""


# %% answer_factors
def factors(c):
    return {
        "distances": c,
        "energy": c,
        "root": c,
        "slope": c,
        "epsilon": c**2,
        "normalised": 1.0,
    }
