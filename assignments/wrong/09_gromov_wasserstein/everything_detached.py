"""The loss has no gradient at all.

loses: energy_loss 2
says: the distances were cut off
"""


# %% answer_gromov_loss
def gromov_loss(zx, zy, *, solver, energy):
    dx, dy = ((z[:, None] - z[None]).norm(dim=2) for z in (zx, zy))
    dx, dy = dx.detach(), dy.detach()
    return energy(dx, dy, solver(dx, dy))
