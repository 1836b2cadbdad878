"""The discrepancy is asked about x.

loses: loss_terms 2
says: D was shown x
"""


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {"fit": D(path[0], y)}
    if weight:
        terms["effort"] = weight * effort(path)
    return terms
