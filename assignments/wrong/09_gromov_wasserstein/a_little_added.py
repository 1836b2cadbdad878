"""A little is added to the mean, so that nothing is divided by 0.

loses: scale_normalised 2
says: with codes 1e-09 times
"""


# %% answer_normalised
def normalised(distance):
    s = distance.mean()
    if not (bool(s > 0) and bool(s.isfinite())):
        raise ValueError("collapsed")
    return distance / (s + 1e-8), s
