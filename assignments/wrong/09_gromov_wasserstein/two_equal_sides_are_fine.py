"""The symmetry of the triangle is overlooked.

loses: verdict_cases 2
says: exchanging the ends
"""


# %% answer_verdicts
def verdicts():
    return {
        "turned": "truth",
        "mirrored": "truth",
        "negatives": "truth",
        "isosceles": "truth",
        "classes": "tie",
        "doubled": "truth",
        "crooked": "truth",
        "noisy": "other",
        "portrait": "other",
    }
