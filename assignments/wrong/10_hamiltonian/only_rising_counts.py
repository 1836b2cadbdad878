"""An energy that falls has no error.

loses: energy_drift 2
says: with its sign
"""


# %% answer_energy_drift
def energy_drift(H, path):
    energies = torch.stack([H(state) for state in path])
    return (energies - energies[0]).amax(0)
