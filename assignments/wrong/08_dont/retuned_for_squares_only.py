"""The weight for residuals is right for p = 2 only.

loses: effort_weights 1
says: for p = 1.5
"""


# %% answer_retuned
def retuned(weight, *, p, before, after):
    return {"velocities": weight * before / after, "residuals": weight * after / before}
