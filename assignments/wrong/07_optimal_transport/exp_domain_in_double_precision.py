"""The same kernel in double precision, which moves the place where it vanishes.

loses: entropy_small 2
says: is no number
"""


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    K, v = (-cost.double() / epsilon).exp(), torch.ones_like(cost[0].double())
    a, b = a.double(), b.double()
    for _ in range(rounds):
        u = 1 / (K @ (b * v))
        v = 1 / (K.T @ (a * u))
    coupling = a[:, None] * u[:, None] * K * v * b
    return coupling.float(), (epsilon * u.log()).float(), (epsilon * v.log()).float()
