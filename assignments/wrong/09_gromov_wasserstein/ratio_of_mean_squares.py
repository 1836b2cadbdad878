"""Both sides are made equally large.

loses: scale_best 1
says: root mean squares
"""


# %% answer_best_scale
def best_scale(dx, dy, plan):
    p, q = plan.sum(1), plan.sum(0)
    return (p @ dx.square() @ p / (q @ dy.square() @ q)).sqrt()
