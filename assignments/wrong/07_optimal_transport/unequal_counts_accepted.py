"""Where there are more y than x, the largest ones are left over, and nobody hears of it.

loses: line_refuses 1
says: two x and three y have no pairing
"""


# %% answer_partners
def partners(x, y):
    places = torch.empty(len(x), dtype=torch.long)
    places[x.argsort()] = y.argsort()[: len(x)]
    return places
