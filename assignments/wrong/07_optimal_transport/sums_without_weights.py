"""The sums over the exponentials leave the weights out.

loses: entropy_marginals 3, entropy_potentials 1, entropy_small 2, entropy_dense 1
says: weighs its terms by b_j
"""


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    g = torch.zeros_like(cost[0])
    for _ in range(rounds):
        f = -epsilon * torch.logsumexp((g - cost) / epsilon, 1)
        g = -epsilon * torch.logsumexp((f[:, None] - cost) / epsilon, 0)
    coupling = a[:, None] * b * ((f[:, None] + g - cost) / epsilon).exp()
    return coupling, f, g
