"""Points with a strictly convex cost are taken to have one optimum.

loses: limits_verdicts 2
says: every coupling costs 2
"""


# %% answer_verdicts
def verdicts():
    return {
        "gaussians": "one",
        "halves": "torn",
        "needle": "none",
        "beads": "none",
        "crowd": "one",
        "diamond": "one",
        "shelf": "several",
        "stairs": "several",
    }
