"""Both sides are put into the units of the source.

loses: loss_value 3, loss_zero 2, loss_teaches 2
says: Both sides were put into the units of X
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    mean, deviation = source
    return ((measure(x) - mean) / deviation - (measure(made) - mean) / deviation).abs().mean()
