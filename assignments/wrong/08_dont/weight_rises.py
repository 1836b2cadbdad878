"""The weight of the effort rises.

loses: loss_schedule 2
says: The weight rises
"""


# %% answer_weight_at
def weight_at(progress, *, start, until):
    return start * min(1.0, progress / until)
