"""The weight is taken to be good for every number of steps.

loses: effort_weights 1
says: Both sums depend on K
"""


# %% answer_retuned
def retuned(weight, *, p, before, after):
    return {"velocities": weight, "residuals": weight}
