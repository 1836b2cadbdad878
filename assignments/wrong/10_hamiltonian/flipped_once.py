"""The momenta are not turned round again.

loses: back_flip 1
says: turned round again at the end
"""


# %% answer_flip_back
def flip_back(step, y, *, steps):
    q, p = y.chunk(2, dim=1)
    x = torch.cat([q, -p], dim=1)
    for _ in range(steps):
        x = step(x, 1 / steps)
    return x
