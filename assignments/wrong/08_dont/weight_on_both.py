"""The weight multiplies both terms.

loses: loss_terms 2
says: both together would only change the step size
"""


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {"fit": weight * D(path[-1], y)}
    if weight:
        terms["effort"] = weight * effort(path)
    return terms
