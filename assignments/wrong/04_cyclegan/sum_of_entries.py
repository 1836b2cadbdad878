"""The cycle sums over the entries of a sample, as the norm in the formula does: large images weigh more.

loses: cycle_value 2
says: no sum
"""


# %% answer_cycle_loss
def cycle_loss(x, y, *, T, S):
    return (S(T(x)) - x).abs().flatten(1).sum(1).mean() + (T(S(y)) - y).abs().flatten(1).sum(1).mean()
