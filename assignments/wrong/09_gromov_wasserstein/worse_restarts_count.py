"""Worse restarts count as well.

loses: verdict_rule 2, verdict_tolerance 1
says: worse ones say nothing
"""


# %% answer_diagnosis
def diagnosis(plans, energies, truth, true_energy, *, tolerance):
    known = energies.isfinite()
    if not bool(known.any()):
        return "search"
    best = energies[known].min()
    if best > true_energy + tolerance:
        return "search"
    if best < true_energy - tolerance:
        return "geometry"
    elsewhere = (plans[known] - truth).abs().sum((1, 2)) / 2
    return "fine" if bool((elsewhere <= 0.05).all()) else "symmetry"
