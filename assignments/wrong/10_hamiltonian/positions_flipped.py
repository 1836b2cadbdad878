"""The positions are turned round, and not the momenta.

loses: back_flip 1
says: The positions were turned round
"""


# %% answer_flip_back
def flip_back(step, y, *, steps):
    turned = torch.ones_like(y)
    turned[:, : y.shape[1] // 2] = -1
    x = turned * y
    for _ in range(steps):
        x = step(x, 1 / steps)
    return turned * x
