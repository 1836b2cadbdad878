"""The weights decide which terms there are, but the terms come without them.

loses: ways_terms 3
says: come with their weights
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
        terms["fool"] = 0.5 * (D(made) - 1).square().mean()
    if "cycle" in used:
        terms["cycle"] = (S(made) - x).abs().mean()
    if "distance" in used:
        terms["distance"] = pairwise(x, made)
    if "self_distance" in used:
        terms["self_distance"] = within(x, made)
    return terms
