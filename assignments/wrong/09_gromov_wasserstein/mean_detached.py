"""The mean is detached.

loses: scale_normalised 2
says: Was the mean detached?
"""


# %% answer_normalised
def normalised(distance):
    s = distance.mean().detach()
    if not (bool(s > 0) and bool(s.isfinite())):
        raise ValueError("collapsed")
    return distance / s, s
