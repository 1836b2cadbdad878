"""The y of the largest entry.

loses: plan_projection 1
says: where most of the mass goes
"""


# %% answer_barycentric
def barycentric(plan, y):
    p = plan.sum(1)
    if not bool((p > 0).all()):
        raise ValueError("a point without mass")
    return y[plan.argmax(1)]
