"""Any distortion is taken for a wrong answer.

loses: verdict_cases 2
says: in their order, however crooked
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
        "crooked": "other",
        "noisy": "other",
        "portrait": "other",
    }
