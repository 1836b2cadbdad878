"""A mirror image is taken for a symmetry.

loses: verdict_cases 2
says: a mirror changes no distance
"""


# %% answer_verdicts
def verdicts():
    return {
        "turned": "truth",
        "mirrored": "tie",
        "negatives": "truth",
        "isosceles": "tie",
        "classes": "tie",
        "doubled": "truth",
        "crooked": "truth",
        "noisy": "other",
        "portrait": "other",
    }
