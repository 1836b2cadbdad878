"""The theorem is taken to promise a continuous map.

loses: limits_verdicts 2
says: along the middle it tears
"""


# %% answer_verdicts
def verdicts():
    return {
        "gaussians": "one",
        "halves": "one",
        "needle": "none",
        "beads": "none",
        "crowd": "one",
        "diamond": "several",
        "shelf": "several",
        "stairs": "several",
    }
