"""Only an energy that rises can grow.

loses: energy_growth 2
says: keeps falling is as wrong
"""


# %% answer_grows
def grows(H, path):
    energies = torch.stack([H(state) for state in path])
    errors = energies - energies[0]
    m = len(path) // 2
    return errors[m + 1 :].amax(0) > 1.5 * errors[: m + 1].amax(0).clamp(min=0)
