"""Both terms that do not depend on the pairing are left out.

loses: energy_value 2, energy_size 1
says: Both terms that depend on the weights only are missing
"""


# %% answer_energy
def energy(dx, dy, plan):
    return -2 * (dx @ plan @ dy * plan).sum()
