"""Deviations to both sides cancel.

loses: cycle_value 2
says: take absolute values
"""


# %% answer_cycle_loss
def cycle_loss(x, y, *, T, S):
    return (S(T(x)) - x).mean() + (T(S(y)) - y).mean()
