"""The slope in the plan instead of the distances.

loses: energy_slope 2
says: That is the slope in the plan
"""


# %% answer_slope
def slope(dx, dy, plan):
    return -4 * dx @ plan @ dy
