"""The axis is ignored: the width is cut, whatever was asked.

loses: tape_halves 2, tape_refuses 1
says: The axis says which side is cut
"""


# %% answer_half_distances
def half_distances(x, *, axis=3):
    if x.shape[3] % 2:
        raise ValueError("an odd width has no two equal halves")
    first, second = x.chunk(2, dim=3)
    return (first - second).abs().flatten(1).sum(1)
