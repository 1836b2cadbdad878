"""The two readings of equation 6 are exchanged.

loses: effort_weights 1
says: The two are exchanged
"""


# %% answer_retuned
def retuned(weight, *, p, before, after):
    return {"velocities": weight * (after / before) ** (p - 1), "residuals": weight * before / after}
