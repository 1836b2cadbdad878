"""What lies between T and S is detached, as for the judges.

loses: cycle_teaches 2
says: do not detach what lies between
"""


# %% answer_cycle_loss
def cycle_loss(x, y, *, T, S):
    return (S(T(x).detach()) - x).abs().mean() + (T(S(y).detach()) - y).abs().mean()
