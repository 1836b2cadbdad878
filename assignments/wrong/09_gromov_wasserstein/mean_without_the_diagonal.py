"""The mean without the diagonal.

loses: scale_normalised 2
says: the mean without the diagonal
"""


# %% answer_normalised
def normalised(distance):
    n = len(distance)
    s = distance.sum() / max(n * (n - 1), 1)
    if not (bool(s > 0) and bool(s.isfinite())):
        raise ValueError("collapsed")
    return distance / s, s
