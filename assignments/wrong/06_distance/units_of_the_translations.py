"""The target's units are taken from the translations, and follow them when they shrink.

loses: loss_value 3, loss_zero 2, loss_teaches 2
says: the loss is nan
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    after = measure(made)
    target = after.mean(), after.std(correction=0)
    return ((measure(x) - source[0]) / source[1] - (after - target[0]) / target[1]).abs().mean()
