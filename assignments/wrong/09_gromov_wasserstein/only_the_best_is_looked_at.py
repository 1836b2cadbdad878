"""Only the first of the best plans is compared with the truth.

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
    plan = plans[known][energies[known].argmin()]
    return "fine" if (plan - truth).abs().sum() / 2 <= 0.05 else "symmetry"
