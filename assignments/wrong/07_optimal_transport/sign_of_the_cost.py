"""The cost has the wrong sign: the marginals fit, and the dear ways are preferred.

loses: entropy_potentials 1, entropy_small 2, entropy_dense 1
says: of the unit of a cost
"""


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    log_a, log_b = a.log(), b.log()
    g = torch.zeros_like(cost[0])
    for _ in range(rounds):
        f = -epsilon * torch.logsumexp((g + cost) / epsilon + log_b, 1)
        g = -epsilon * torch.logsumexp((f[:, None] + cost) / epsilon + log_a[:, None], 0)
    coupling = a[:, None] * b * ((f[:, None] + g + cost) / epsilon).exp()
    return coupling, f, g
