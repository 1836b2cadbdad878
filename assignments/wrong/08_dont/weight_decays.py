"""The weight decays exponentially, and is never zero.

loses: loss_schedule 2
says: A straight line
"""


# %% answer_weight_at
def weight_at(progress, *, start, until):
    return start * math.exp(-progress / until)
