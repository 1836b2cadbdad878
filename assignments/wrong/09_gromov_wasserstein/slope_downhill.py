"""The slope with the wrong sign.

loses: energy_slope 2
says: The sign is wrong
"""


# %% answer_slope
def slope(dx, dy, plan):
    p = plan.sum(1)
    return 2 * (plan @ dy @ plan.T - torch.outer(p, p) * dx)
