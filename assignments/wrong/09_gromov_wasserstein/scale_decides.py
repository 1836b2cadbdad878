"""A larger copy is taken for a wrong geometry.

loses: verdict_cases 2
says: Scale does not decide
"""


# %% answer_verdicts
def verdicts():
    return {
        "turned": "truth",
        "mirrored": "truth",
        "negatives": "truth",
        "isosceles": "tie",
        "classes": "tie",
        "doubled": "other",
        "crooked": "truth",
        "noisy": "other",
        "portrait": "other",
    }
