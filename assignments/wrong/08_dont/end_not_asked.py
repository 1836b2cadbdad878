"""The weight reaches zero at the end of the run only.

loses: loss_schedule 2
says: until was not asked
"""


# %% answer_weight_at
def weight_at(progress, *, start, until):
    return start * (1 - progress)
