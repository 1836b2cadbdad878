"""The place where most of the mass goes, and not the mean place.

loses: reading_projection 1
says: and not where it goes on average
"""


# %% answer_projection
def projection(coupling, y):
    if (coupling.sum(1) <= 0).any():
        raise ValueError("a point without mass")
    return y[coupling.argmax(1)]
