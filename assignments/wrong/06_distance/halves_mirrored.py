"""The right half is mirrored before it is laid on the left one.

loses: tape_halves 2
says: One of the halves was mirrored
"""


# %% answer_half_distances
def half_distances(x, *, axis=3):
    if x.shape[axis] % 2:
        raise ValueError("an odd side has no two equal halves")
    first, second = x.chunk(2, dim=axis)
    return (first - second.flip(axis)).abs().flatten(1).sum(1)
