"""Any difference of energies is taken for a failed search.

loses: verdict_rule 2, verdict_tolerance 1
says: no search will help
"""


# %% answer_diagnosis
def diagnosis(plans, energies, truth, true_energy, *, tolerance):
    known = energies.isfinite()
    if not bool(known.any()):
        return "search"
    best = energies[known].min()
    if abs(best - true_energy) > tolerance:
        return "search"
    as_good = plans[known & (energies <= true_energy + tolerance)]
    elsewhere = (as_good - truth).abs().sum((1, 2)) / 2
    return "fine" if bool((elsewhere <= 0.05).all()) else "symmetry"
