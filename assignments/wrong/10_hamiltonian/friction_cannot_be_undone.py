"""What loses energy is taken for lost.

loses: back_verdicts 2
says: invertible all the same
"""


# %% answer_verdicts
def verdicts():
    return {
        "minus_dt": "exact",
        "minus_H": "exact",
        "flip": "exact",
        "flip_once": "no",
        "uneven_flip": "no",
        "uneven_minus_dt": "exact",
        "untrained": "exact",
        "euler": "nearly",
        "finer": "nearly",
        "damped": "no",
    }
