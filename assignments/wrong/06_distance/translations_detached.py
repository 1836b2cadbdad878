"""The translations are detached, and nobody learns.

loses: loss_teaches 2
says: teaches nobody
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    before, after = (measure(x) - source[0]) / source[1], (measure(made.detach()) - target[0]) / target[1]
    return (before - after).abs().mean()
