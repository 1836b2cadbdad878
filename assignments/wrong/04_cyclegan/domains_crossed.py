"""T is shown samples of Y, and S samples of X.

loses: cycle_domains 2
says: Which domain does T read from
"""


# %% answer_cycle_loss
def cycle_loss(x, y, *, T, S):
    return (S(T(y)) - y).abs().mean() + (T(S(x)) - x).abs().mean()
