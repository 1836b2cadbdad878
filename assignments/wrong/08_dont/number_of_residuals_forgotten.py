"""That there are more residuals where each is smaller is forgotten.

loses: effort_weights 1
says: twice as many of them
"""


# %% answer_retuned
def retuned(weight, *, p, before, after):
    return {"velocities": weight * before / after, "residuals": weight * (after / before) ** p}
