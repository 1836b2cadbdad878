"""Distances are compared without units.

loses: loss_value 3, loss_zero 2, loss_teaches 2
says: the plain distances
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    return (measure(x) - measure(made)).abs().mean()
