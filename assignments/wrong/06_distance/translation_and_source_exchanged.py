"""The distance losses are given T(x) in the place of x, and x in the place of T(x).

loses: ways_terms 3
says: x before T(x)
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
    if "fool" in used:
        terms["fool"] = used["fool"] * 0.5 * (D(made) - 1).square().mean()
    if "cycle" in used:
        terms["cycle"] = used["cycle"] * (S(made) - x).abs().mean()
    if "distance" in used:
        terms["distance"] = used["distance"] * pairwise(made, x)
    if "self_distance" in used:
        terms["self_distance"] = used["self_distance"] * within(made, x)
    return terms
