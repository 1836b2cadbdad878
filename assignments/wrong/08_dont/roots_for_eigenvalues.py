"""The weights are deviations, and not variances.

loses: cost_meaning 2, cost_weights 2
says: vary only there
"""


# %% answer_semantic_cost
def semantic_cost(codes, place, domain, *, shared, floor=1e-3):
    if not floor > 0:
        raise ValueError(f"floor = {floor} is not positive")
    z, v = codes.clone(), torch.zeros_like(codes[0])
    for d in (0, 1):
        here = domain == d
        v += (codes[here & (place == 1)].mean(0) - codes[here & (place == 0)].mean(0)) / 2
        z[here] -= codes[here].mean(0)
    P = torch.eye(len(v), dtype=v.dtype) - torch.outer(v, v) / v.square().sum()
    M = P @ shared(torch.cov(z[place == 0].T), torch.cov(z[place == 1].T)) @ P
    values, axes = torch.linalg.eigh(M)
    return axes, (values.clamp(min=0) / values.max()).sqrt().clamp(min=floor)
