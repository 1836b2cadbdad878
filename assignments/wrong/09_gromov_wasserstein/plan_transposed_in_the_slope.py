"""The plan is transposed in the slope.

loses: energy_slope 2
says: and not Pᵀ d' P
"""


# %% answer_slope
def slope(dx, dy, plan):
    p = plan.sum(1)
    return 2 * (torch.outer(p, p) * dx - plan.T @ dy @ plan)
