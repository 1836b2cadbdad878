"""Finer steps back are taken for more exact than the same ones.

loses: back_verdicts 2
says: only the same steps cancel
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
        "finer": "exact",
        "damped": "exact",
    }
