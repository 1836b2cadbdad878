"""The mass that lies elsewhere is counted where it is missing, too.

loses: verdict_tolerance 1
says: with 4% of the mass elsewhere
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
    elsewhere = (as_good - truth).abs().sum((1, 2))
    return "fine" if bool((elsewhere <= 0.05).all()) else "symmetry"
