"""The definition, by a table of all pairs of journeys.

loses: energy_size 1
says: your memory is full
"""


# %% answer_energy
def energy(dx, dy, plan):
    table = (dx[:, None, :, None] - dy[None, :, None, :]) ** 2
    return torch.einsum("ijkl,ij,kl->", table, plan, plan)
