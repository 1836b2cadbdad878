"""Each row has its own unit.

loses: scale_normalised 2
says: one scale for all distances
"""


# %% answer_normalised
def normalised(distance):
    s = distance.mean(1)
    if not bool((s > 0).all()):
        raise ValueError("collapsed")
    return distance / s[:, None], s
