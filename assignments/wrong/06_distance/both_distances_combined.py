"""Pairwise and self-distance are added without a word.

loses: ways_alternatives 1
says: they are alternatives
"""


# %% answer_way_terms
def way_terms(x, *, T, weights, D=None, S=None, pairwise=None, within=None):
    used = {name: weight for name, weight in weights.items() if weight}
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
        terms["distance"] = used["distance"] * pairwise(x, made)
    if "self_distance" in used:
        terms["self_distance"] = used["self_distance"] * within(x, made)
    return terms
