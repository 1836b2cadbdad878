"""The slope for equal weights.

loses: energy_slope 2
says: and these are not equal
"""


# %% answer_slope
def slope(dx, dy, plan):
    p = plan.sum(1)
    return 2 * (dx / len(p) ** 2 - plan @ dy @ plan.T)
