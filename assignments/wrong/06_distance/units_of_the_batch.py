"""Either side is normalised by the statistics of the batch at hand.

loses: loss_value 3, loss_zero 2, loss_teaches 2
says: the loss is nan
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    def normalised(d):
        return (d - d.mean()) / d.std(correction=0)

    return (normalised(measure(x)) - normalised(measure(made))).abs().mean()
