"""Whatever is made of points is taken to have no map.

loses: limits_verdicts 2
says: it is not necessary
"""


# %% answer_verdicts
def verdicts():
    return {
        "gaussians": "one",
        "halves": "torn",
        "needle": "none",
        "beads": "none",
        "crowd": "none",
        "diamond": "several",
        "shelf": "several",
        "stairs": "several",
    }
