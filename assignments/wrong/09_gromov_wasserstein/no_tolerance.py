"""Energies are compared exactly.

loses: verdict_tolerance 1
says: 2 % of the mass
"""


# %% answer_diagnosis
def diagnosis(plans, energies, truth, true_energy, *, tolerance):
    known = energies.isfinite()
    if not bool(known.any()):
        return "search"
    best = energies[known].min()
    if best > true_energy:
        return "search"
    if best < true_energy:
        return "geometry"
    as_good = plans[known & (energies == best)]
    elsewhere = (as_good - truth).abs().sum((1, 2)) / 2
    return "fine" if bool((elsewhere <= 0.05).all()) else "symmetry"
