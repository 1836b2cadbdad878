"""The absolute value is taken of the mean, so that too large and too small cancel.

loses: loss_value 3, loss_zero 2, loss_teaches 2
says: first, then the mean
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    gap = (measure(x) - source[0]) / source[1] - (measure(made) - target[0]) / target[1]
    return gap.mean().abs()
