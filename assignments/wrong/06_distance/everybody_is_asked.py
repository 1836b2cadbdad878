"""All terms are calculated, also those of weight 0, and those that are zero are taken out afterwards.

loses: ways_onesided 2
says: ask only those who are needed
"""


# %% answer_way_terms
def way_terms(x, *, T, weights, D=None, S=None, pairwise=None, within=None):
    used = {name: weight for name, weight in weights.items() if weight}
    if "distance" in used and "self_distance" in used:
        raise ValueError("distance and self_distance are alternatives")
    if "cycle" in used and S is None:
        raise ValueError("a cycle needs S")
    if "fool" in used and D is None:
        raise ValueError("fool needs D")
    made, terms = T(x), {}
    terms["fool"] = weights.get("fool", 0) * 0.5 * (D(made) - 1).square().mean()
    terms["cycle"] = weights.get("cycle", 0) * (S(made) - x).abs().mean()
    terms["distance"] = weights.get("distance", 0) * pairwise(x, made)
    terms["self_distance"] = weights.get("self_distance", 0) * within(x, made)
    terms = {name: terms[name] for name in used}
    return terms
