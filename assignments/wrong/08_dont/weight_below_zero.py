"""After its end the weight goes on falling, and pays for detours.

loses: loss_schedule 2
says: A negative weight
"""


# %% answer_weight_at
def weight_at(progress, *, start, until):
    return start * (1 - progress / until)
