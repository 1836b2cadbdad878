"""f is found by a sum over i, and g by one over j.

loses: entropy_marginals 3, entropy_potentials 1, entropy_small 2, entropy_dense 1
says: Rows and columns are exchanged
"""


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    log_a, log_b = a.log(), b.log()
    g = torch.zeros_like(cost[0])
    for _ in range(rounds):
        f = -epsilon * torch.logsumexp((g[:, None] - cost) / epsilon + log_b[:, None], 0)
        g = -epsilon * torch.logsumexp((f - cost) / epsilon + log_a, 1)
    coupling = b[:, None] * a * ((f + g[:, None] - cost) / epsilon).exp()
    return coupling, f, g
