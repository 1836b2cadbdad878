"""The translation is detached in the flow's own loss.

loses: loss_terms 2
says: teaches nobody
"""


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {"fit": D(path[-1].detach(), y)}
    if weight:
        terms["effort"] = weight * effort(path)
    return terms
