"""The last energy is compared with the first one.

loses: energy_drift 2
says: error at the end
"""


# %% answer_energy_drift
def energy_drift(H, path):
    energies = torch.stack([H(state) for state in path])
    return (energies[-1] - energies[0]).abs()
