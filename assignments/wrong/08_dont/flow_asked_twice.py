"""Each term sends the batch through the flow anew.

loses: loss_terms 2
says: was asked 2 times
"""


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {"fit": D(path[-1], y)}
    if weight:
        terms["effort"] = weight * effort(flow(x))
    return terms
