"""A flip is said to lead back for any kinetic energy.

loses: back_verdicts 2
says: is another function than K(p)
"""


# %% answer_verdicts
def verdicts():
    return {
        "minus_dt": "exact",
        "minus_H": "exact",
        "flip": "exact",
        "flip_once": "no",
        "uneven_flip": "exact",
        "uneven_minus_dt": "exact",
        "untrained": "exact",
        "euler": "nearly",
        "finer": "nearly",
        "damped": "exact",
    }
