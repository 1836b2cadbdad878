"""Plans are compared entry by entry.

loses: verdict_tolerance 1
says: that is the true plan
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
    return "fine" if bool((as_good == truth).all()) else "symmetry"
