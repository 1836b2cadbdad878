"""That alpha has no atoms is taken for enough, where it has no density.

loses: limits_verdicts 2
says: that alpha has no atoms is not enough
"""


# %% answer_verdicts
def verdicts():
    return {
        "gaussians": "one",
        "halves": "torn",
        "needle": "torn",
        "beads": "none",
        "crowd": "one",
        "diamond": "several",
        "shelf": "several",
        "stairs": "several",
    }
