"""Entries count as mass unless they are 0 exactly.

loses: reading_split 2
says: below a millionth are rounding
"""


# %% answer_kind
def kind(coupling):
    ways = coupling != 0
    if (ways.sum(1) > 1).any():
        return "split"
    return "map" if (ways.sum(0) > 1).any() else "one to one"
