"""Classes that are all alike are taken for found.

loses: verdict_cases 2
says: each of the 120 pairings
"""


# %% answer_verdicts
def verdicts():
    return {
        "turned": "truth",
        "mirrored": "truth",
        "negatives": "truth",
        "isosceles": "tie",
        "classes": "truth",
        "doubled": "truth",
        "crooked": "truth",
        "noisy": "other",
        "portrait": "other",
    }
