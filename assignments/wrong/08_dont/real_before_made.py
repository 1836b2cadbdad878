"""The discrepancy is given what is real first.

loses: loss_terms 2
says: D was given y first
"""


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {"fit": D(y, path[-1])}
    if weight:
        terms["effort"] = weight * effort(path)
    return terms
