"""The columns are normalised.

loses: plan_projection 1
says: The columns were divided
"""


# %% answer_barycentric
def barycentric(plan, y):
    p = plan.sum(1)
    if not bool((p > 0).all()):
        raise ValueError("a point without mass")
    return ((plan / plan.sum(0)) @ y.flatten(1)).view(len(plan), *y.shape[1:])
