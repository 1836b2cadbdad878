"""That a direction costs nothing is overlooked.

loses: limits_verdicts 2
says: nobody pays for the second coordinate
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
        "shelf": "several",
        "stairs": "one",
    }
