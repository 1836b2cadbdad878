"""Squares in the place of absolute values.

loses: loss_value 3, loss_teaches 2
says: That is the square
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    gap = (measure(x) - source[0]) / source[1] - (measure(made) - target[0]) / target[1]
    return gap.square().mean()
