"""The ratio of the mean distances.

loses: scale_best 1
says: does not ask the plan
"""


# %% answer_best_scale
def best_scale(dx, dy, plan):
    return dx.mean() / dy.mean()
