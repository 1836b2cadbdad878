"""The difference of means is taken over all codes, so that the larger domain decides.

loses: cost_meaning 2, cost_weights 2
says: Your v is not the place alone
"""


# %% answer_semantic_cost
def semantic_cost(codes, place, domain, *, shared, floor=1e-3):
    if not floor > 0:
        raise ValueError(f"floor = {floor} is not positive")
    z, v = codes.clone(), torch.zeros_like(codes[0])
    for d in (0, 1):
        here = domain == d
        v = codes[place == 1].mean(0) - codes[place == 0].mean(0)
        z[here] -= codes[here].mean(0)
    P = torch.eye(len(v), dtype=v.dtype) - torch.outer(v, v) / v.square().sum()
    M = P @ shared(torch.cov(z[place == 0].T), torch.cov(z[place == 1].T)) @ P
    values, axes = torch.linalg.eigh(M)
    return axes, (values / values.max()).clamp(min=floor)
