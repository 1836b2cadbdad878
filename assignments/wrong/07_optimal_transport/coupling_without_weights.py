"""The potentials are right, the coupling leaves the weights out.

loses: entropy_marginals 3, entropy_potentials 1, entropy_small 2, entropy_dense 1
says: The weights in the coupling are missing
"""


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    log_a, log_b = a.log(), b.log()
    g = torch.zeros_like(cost[0])
    for _ in range(rounds):
        f = -epsilon * torch.logsumexp((g - cost) / epsilon + log_b, 1)
        g = -epsilon * torch.logsumexp((f[:, None] - cost) / epsilon + log_a[:, None], 0)
    coupling = ((f[:, None] + g - cost) / epsilon).exp()
    return coupling, f, g
