"""x is compared with T(x).

loses: loss_value 3, loss_zero 2, loss_teaches 2
says: No x is ever compared with a y
"""


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    return (x - made).flatten(1).abs().sum(1).mean()
