"""The truth is taken for the best whatever the encoder does.

loses: verdict_cases 2
says: turned by a quarter
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
        "noisy": "other",
        "portrait": "truth",
    }
