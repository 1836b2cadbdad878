"""The fit is divided by the weight, as in the paper's equation 7, and the effort has none.

loses: loss_terms 2
says: The weight is on the effort
"""


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {"fit": D(path[-1], y) / weight}
    if weight:
        terms["effort"] = effort(path)
    return terms
