"""Equal weights are assumed.

loses: energy_value 2
says: The weights are not equal
"""


# %% answer_energy
def energy(dx, dy, plan):
    return dx.square().mean() + dy.square().mean() - 2 * (dx @ plan @ dy * plan).sum()
