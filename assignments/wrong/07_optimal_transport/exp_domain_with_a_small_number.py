"""The same kernel, and a small number added so that nothing is divided by 0.

loses: entropy_small 2
says: takes the place of what it was added to
"""


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    K, v = (-cost / epsilon).exp(), torch.ones_like(cost[0])
    for _ in range(rounds):
        u = 1 / (K @ (b * v) + 1e-30)
        v = 1 / (K.T @ (a * u) + 1e-30)
    return a[:, None] * u[:, None] * K * v * b, epsilon * u.log(), epsilon * v.log()
