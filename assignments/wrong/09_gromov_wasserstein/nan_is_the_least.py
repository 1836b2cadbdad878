"""A restart that ran away decides.

loses: verdict_tolerance 1
says: no number
"""


# %% answer_diagnosis
def diagnosis(plans, energies, truth, true_energy, *, tolerance):
    best = energies.min()
    known = energies == energies
    if not best <= true_energy + tolerance:
        return "search"
    if best < true_energy - tolerance:
        return "geometry"
    as_good = plans[known & (energies <= true_energy + tolerance)]
    elsewhere = (as_good - truth).abs().sum((1, 2)) / 2
    return "fine" if bool((elsewhere <= 0.05).all()) else "symmetry"
