"""Convexity is taken for enough, without being strict.

loses: limits_verdicts 2
says: is convex, but not strictly
"""


# %% answer_verdicts
def verdicts():
    return {
        "gaussians": "one",
        "halves": "torn",
        "needle": "none",
        "beads": "none",
        "crowd": "one",
        "diamond": "several",
        "shelf": "one",
        "stairs": "one",
    }
