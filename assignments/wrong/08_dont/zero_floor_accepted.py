"""A floor of 0 is accepted.

loses: cost_weights 2
says: a floor of 0 is no
"""


# %% answer_semantic_cost
def semantic_cost(codes, place, domain, *, shared, floor=1e-3):
    z, v = codes.clone(), torch.zeros_like(codes[0])
    for d in (0, 1):
        here = domain == d
        v += (codes[here & (place == 1)].mean(0) - codes[here & (place == 0)].mean(0)) / 2
        z[here] -= codes[here].mean(0)
    P = torch.eye(len(v), dtype=v.dtype) - torch.outer(v, v) / v.square().sum()
    M = P @ shared(torch.cov(z[place == 0].T), torch.cov(z[place == 1].T)) @ P
    values, axes = torch.linalg.eigh(M)
    return axes, (values / values.max()).clamp(min=floor)
