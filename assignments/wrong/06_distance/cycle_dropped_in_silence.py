"""Without a way back the cycle is dropped, although it has a weight.

loses: ways_onesided 2
says: would believe that there is one
"""


# %% answer_way_terms
def way_terms(x, *, T, weights, D=None, S=None, pairwise=None, within=None):
    used = {name: weight for name, weight in weights.items() if weight}
    if "distance" in used and "self_distance" in used:
        raise ValueError("distance and self_distance are alternatives")
    if "fool" in used and D is None:
        raise ValueError("fool needs D")
    made, terms = T(x), {}
    if "fool" in used:
        terms["fool"] = used["fool"] * 0.5 * (D(made) - 1).square().mean()
    if "cycle" in used and S is not None:
        terms["cycle"] = used["cycle"] * (S(made) - x).abs().mean()
    if "distance" in used:
        terms["distance"] = used["distance"] * pairwise(x, made)
    if "self_distance" in used:
        terms["self_distance"] = used["self_distance"] * within(x, made)
    return terms
