"""Codes that have collapsed are not refused.

loses: scale_normalised 2
says: have no scale
"""


# %% answer_normalised
def normalised(distance):
    s = distance.mean()
    return distance / s, s
