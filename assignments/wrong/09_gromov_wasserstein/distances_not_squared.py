"""The distances are not squared where the weights are.

loses: energy_value 2, energy_size 1
says: squared in the first two terms
"""


# %% answer_energy
def energy(dx, dy, plan):
    p, q = plan.sum(1), plan.sum(0)
    return p @ dx @ p + q @ dy @ q - 2 * (dx @ plan @ dy * plan).sum()
