"""Of an odd side the middle is left out without a word.

loses: tape_refuses 1
says: a width of 5 has no two equal halves
"""


# %% answer_half_distances
def half_distances(x, *, axis=3):
    half = x.shape[axis] // 2
    first, second = x.narrow(axis, 0, half), x.narrow(axis, x.shape[axis] - half, half)
    return (first - second).abs().flatten(1).sum(1)
