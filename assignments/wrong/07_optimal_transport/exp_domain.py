"""Sinkhorn with the kernel exp(-C / epsilon), which is 0 for a small epsilon.

loses: entropy_small 2
says: somewhere exp(-C / epsilon), which is 0
"""


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    K, v = (-cost / epsilon).exp(), torch.ones_like(cost[0])
    for _ in range(rounds):
        u = 1 / (K @ (b * v))
        v = 1 / (K.T @ (a * u))
    return a[:, None] * u[:, None] * K * v * b, epsilon * u.log(), epsilon * v.log()
