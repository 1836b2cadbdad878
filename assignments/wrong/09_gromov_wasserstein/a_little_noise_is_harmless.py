"""A little noise is taken for harmless.

loses: verdict_cases 2
says: have exchanged their order
"""


# %% answer_verdicts
def verdicts():
    return {
        "turned": "truth",
        "mirrored": "truth",
        "negatives": "truth",
        "isosceles": "tie",
        "classes": "tie",
        "doubled": "truth",
        "crooked": "truth",
        "noisy": "truth",
        "portrait": "other",
    }
