"""The effort comes without its weight.

loses: loss_terms 2
says: come with their weights
"""


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {"fit": D(path[-1], y)}
    if weight:
        terms["effort"] = effort(path)
    return terms
