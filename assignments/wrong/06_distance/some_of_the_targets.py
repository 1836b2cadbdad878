"""A map is taken for a symmetry when it keeps some of the targets in the heap.

loses: truth_impostor 3
says: a single target is missing
"""


# %% answer_impostor
def impostor(T, targets):
    def moved(v, sign, axes):
        return sign * v.flip(axes)

    for sign in (1, -1):
        for axes in ((), (3,), (2,), (2, 3)):
            same = (moved(targets, sign, axes)[:, None] == targets).flatten(2).all(2)
            if same.any() and not same.diagonal().all():
                return lambda x, sign=sign, axes=axes: moved(T(x), sign, axes)
    raise ValueError("no symmetry")
