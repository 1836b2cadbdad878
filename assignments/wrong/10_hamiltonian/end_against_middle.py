"""The error at the end is compared with that in the middle.

loses: energy_growth 2
says: what happens to stand in the middle
"""


# %% answer_grows
def grows(H, path):
    energies = torch.stack([H(state) for state in path])
    errors = energies - energies[0]
    m = len(path) // 2
    return errors[-1].abs() > 1.5 * errors[m].abs()
