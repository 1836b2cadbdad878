"""For each y the place of its x.

loses: line_partners 2
says: for each y, the place of its x
"""


# %% answer_partners
def partners(x, y):
    if len(x) != len(y):
        raise ValueError("not as many x as y")
    places = torch.empty(len(x), dtype=torch.long)
    places[y.argsort()] = x.argsort()
    return places
