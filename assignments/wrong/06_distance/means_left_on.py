"""Distances are divided by the deviation, but the mean is not taken off.

loses: loss_value 3, loss_zero 2, loss_teaches 2
says: The means were not taken off
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    return (measure(x) / source[1] - measure(made) / target[1]).abs().mean()
