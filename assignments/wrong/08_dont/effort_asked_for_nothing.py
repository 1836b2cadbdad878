"""The effort is calculated also where its weight is 0.

loses: loss_terms 2
says: although its weight is 0
"""


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {"fit": D(path[-1], y)}
    terms["effort"] = weight * effort(path)
    if not weight:
        del terms["effort"]
    return terms
