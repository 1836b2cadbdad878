"""The tolerance is taken for a share of the true energy.

loses: verdict_tolerance 1
says: equal within the tolerance
"""


# %% answer_diagnosis
def diagnosis(plans, energies, truth, true_energy, *, tolerance):
    known = energies.isfinite()
    if not bool(known.any()):
        return "search"
    best = energies[known].min()
    tolerance = tolerance * true_energy
    if best > true_energy + tolerance:
        return "search"
    if best < true_energy - tolerance:
        return "geometry"
    as_good = plans[known & (energies <= true_energy + tolerance)]
    elsewhere = (as_good - truth).abs().sum((1, 2)) / 2
    return "fine" if bool((elsewhere <= 0.05).all()) else "symmetry"
