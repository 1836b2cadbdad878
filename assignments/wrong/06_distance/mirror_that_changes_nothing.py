"""A symmetry is accepted that leaves every single target as it is.

loses: truth_impostor 3
says: its own mirror image
"""


# %% answer_impostor
def impostor(T, targets):
    def moved(v, sign, axes):
        return sign * v.flip(axes)

    for sign in (1, -1):
        for axes in ((), (3,), (2,), (2, 3)):
            same = (moved(targets, sign, axes)[:, None] == targets).flatten(2).all(2)
            if (sign, axes) != (1, ()) and same.any(1).all():
                return lambda x, sign=sign, axes=axes: moved(T(x), sign, axes)
    raise ValueError("no symmetry")
