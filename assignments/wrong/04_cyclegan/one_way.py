"""Only x is brought back.

loses: cycle_value 2, cycle_domains 2, cycle_teaches 2
says: Only one of the two ends counts
"""


# %% answer_cycle_loss
def cycle_loss(x, y, *, T, S):
    return (S(T(x)) - x).abs().mean()
