"""The difference keeps its sign.

loses: loss_value 3, loss_zero 2, loss_teaches 2
says: take absolute values
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    return ((measure(x) - source[0]) / source[1] - (measure(made) - target[0]) / target[1]).mean()
