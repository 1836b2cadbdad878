"""One x after the other takes the nearest y that is left.

loses: line_partners 2
says: the last one paid for it
"""


# %% answer_partners
def partners(x, y):
    if len(x) != len(y):
        raise ValueError("not as many x as y")
    places, free = [], list(range(len(y)))
    for value in x:
        best = min(free, key=lambda j: abs(y[j] - value))
        free.remove(best)
        places.append(best)
    return torch.tensor(places)
