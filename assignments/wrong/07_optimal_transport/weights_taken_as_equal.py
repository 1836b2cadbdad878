"""Means take the place of weighted sums, as if all weights were equal; so does the coupling's.

loses: entropy_marginals 3, entropy_potentials 1, entropy_dense 1
says: weighs its terms by b_j
"""


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    n, m = cost.shape
    log_a, log_b = -math.log(n), -math.log(m)
    g = torch.zeros_like(cost[0])
    for _ in range(rounds):
        f = -epsilon * torch.logsumexp((g - cost) / epsilon + log_b, 1)
        g = -epsilon * torch.logsumexp((f[:, None] - cost) / epsilon + log_a, 0)
    coupling = ((f[:, None] + g - cost) / epsilon).exp() / (n * m)
    return coupling, f, g
