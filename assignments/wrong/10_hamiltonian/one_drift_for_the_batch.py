"""The largest error of the whole batch.

loses: energy_drift 2
says: each sample has its own drift
"""


# %% answer_energy_drift
def energy_drift(H, path):
    energies = torch.stack([H(state) for state in path])
    return (energies - energies[0]).abs().max()
