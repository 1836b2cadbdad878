"""One to one is expected to be a permutation matrix divided by n.

loses: reading_split 2
says: the weights differ
"""


# %% answer_kind
def kind(coupling):
    n = len(coupling)
    ways = coupling > 1e-6
    if (ways.sum(1) > 1).any():
        return "split"
    even = ((n * coupling - 1).abs() < 1e-4) | ~ways
    return "one to one" if even.all() and (ways.sum(0) == 1).all() else "map"
