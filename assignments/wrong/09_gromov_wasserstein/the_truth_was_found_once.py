"""It is fine as soon as the truth is among the best plans.

loses: verdict_rule 2, verdict_tolerance 1
says: which of them comes first is luck
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
    as_good = plans[known & (energies <= true_energy + tolerance)]
    elsewhere = (as_good - truth).abs().sum((1, 2)) / 2
    return "fine" if bool((elsewhere <= 0.05).any()) else "symmetry"
