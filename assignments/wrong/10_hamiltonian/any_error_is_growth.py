"""Whatever is not conserved exactly is said to drift away.

loses: energy_growth 2
says: need not drift away
"""


# %% answer_grows
def grows(H, path):
    energies = torch.stack([H(state) for state in path])
    errors = energies - energies[0]
    return errors.abs().amax(0) > 1e-9
