"""A fixed strength of the entropy is taken for right.

loses: scale_factors 1
says: ε needs the factor of E
"""


# %% answer_factors
def factors(c):
    return {
        "distances": c,
        "energy": c**2,
        "root": c,
        "slope": c,
        "epsilon": 1.0,
        "normalised": 1.0,
    }
