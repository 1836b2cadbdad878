"""The potentials of the other convention, in which the weights are inside of f and g.

loses: entropy_potentials 1
says: contain the logarithms of the weights
"""


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    log_a, log_b = a.log(), b.log()
    g = torch.zeros_like(cost[0])
    for _ in range(rounds):
        f = epsilon * (log_a - torch.logsumexp((g - cost) / epsilon, 1))
        g = epsilon * (log_b - torch.logsumexp((f[:, None] - cost) / epsilon, 0))
    coupling = ((f[:, None] + g - cost) / epsilon).exp()
    return coupling, f, g
