"""Equal weights are assumed.

loses: scale_best 1
says: The weights are not equal
"""


# %% answer_best_scale
def best_scale(dx, dy, plan):
    return (dx @ plan @ dy * plan).sum() / dy.square().mean()
