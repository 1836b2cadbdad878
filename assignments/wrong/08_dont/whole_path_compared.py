"""All states of the path have to look like the target.

loses: loss_terms 2
says: only its end has to arrive
"""


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {"fit": D(path.flatten(0, 1), y)}
    if weight:
        terms["effort"] = weight * effort(path)
    return terms
