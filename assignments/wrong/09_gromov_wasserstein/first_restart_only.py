"""The first restart is believed.

loses: verdict_rule 2, verdict_tolerance 1
says: which of them comes first is luck
"""


# %% answer_diagnosis
def diagnosis(plans, energies, truth, true_energy, *, tolerance):
    best, known = energies[0], torch.ones(len(energies), dtype=torch.bool)
    if best > true_energy + tolerance:
        return "search"
    if best < true_energy - tolerance:
        return "geometry"
    as_good = plans[known & (energies <= true_energy + tolerance)]
    elsewhere = (as_good - truth).abs().sum((1, 2)) / 2
    return "fine" if bool((elsewhere <= 0.05).all()) else "symmetry"
