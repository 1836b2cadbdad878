"""The indices of the printed formula.

loses: energy_value 2, energy_size 1
says: Those are the indices of the printed formula
"""


# %% answer_energy
def energy(dx, dy, plan):
    table = (dx[:, :, None, None] - dy[None, None]) ** 2
    return torch.einsum("ijkl,ij,kl->", table, plan, plan)
