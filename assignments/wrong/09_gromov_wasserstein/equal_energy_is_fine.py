"""Equal energies are taken for the same plan.

loses: verdict_rule 2, verdict_tolerance 1
says: a wrong plan has exactly the energy
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
    return "fine"
