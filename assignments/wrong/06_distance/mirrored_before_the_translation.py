"""The symmetry of Y is applied to x, before the translation.

loses: truth_impostor 3
says: It has to come after T
"""


# %% answer_impostor
def impostor(T, targets):
    def moved(v, sign, axes):
        return sign * v.flip(axes)

    for sign in (1, -1):
        for axes in ((), (3,), (2,), (2, 3)):
            same = (moved(targets, sign, axes)[:, None] == targets).flatten(2).all(2)
            if same.any(1).all() and not same.diagonal().all():
                return lambda x, sign=sign, axes=axes: T(
                    moved(x[:, :, None, None] if x.ndim == 2 else x, sign, axes).view_as(x)
                )
    raise ValueError("no symmetry")
