"""Point by point, in double precision and with plain Python numbers in between.

loses: nothing
"""


# %% answer_partners
def partners(x, y):
    if x.numel() != y.numel():
        raise ValueError("unequal")
    rank = {i: r for r, i in enumerate(sorted(range(len(x)), key=lambda i: x[i].item()))}
    order = sorted(range(len(y)), key=lambda j: y[j].item())
    return torch.tensor([order[rank[i]] for i in range(len(x))], dtype=torch.int64)


# %% answer_wasserstein
def wasserstein(x, y, *, p):
    if x.shape != y.shape or p < 1:
        raise ValueError("refused")
    x, y = x.double(), y.double()
    pairs = zip(x.argsort().tolist(), y.argsort().tolist(), strict=True)
    return (torch.stack([(x[i] - y[j]).abs() ** p for i, j in pairs]).sum() / len(x)) ** (1.0 / p)


# %% answer_line_coupling
def line_coupling(x, y, a, b):
    if abs(float(a.sum()) - float(b.sum())) > 1e-3:
        raise ValueError("masses differ")
    rows, columns = x.argsort().tolist(), y.argsort().tolist()
    pi = torch.zeros(len(x), len(y), dtype=torch.float64)
    top = 0.0
    for i in rows:
        low, top = top, top + a[i].item()
        other = 0.0
        for j in columns:
            start, other = other, other + b[j].item()
            pi[i, j] = max(0.0, min(top, other) - max(low, start))
    return pi


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    C, p, q = cost.double(), a.double(), b.double()
    g = q.new_zeros(len(q))

    def soft(values, weights):
        keep = weights > 0
        top = values[keep].max()
        return top + (weights[keep] * (values[keep] - top).exp()).sum().log()

    for _ in range(rounds):
        f = torch.stack([-epsilon * soft((g - C[i]) / epsilon, q) for i in range(len(p))])
        g = torch.stack([-epsilon * soft((f - C[:, j]) / epsilon, p) for j in range(len(q))])
    log = (f[:, None] + g[None] - C) / epsilon
    return p[:, None] * q[None] * log.exp(), f, g


# %% answer_conditional
def conditional(coupling):
    rows = []
    for row in coupling.double():
        if row.sum() <= 0:
            raise ValueError("no mass")
        rows.append(row / row.sum())
    return torch.stack(rows)


# %% answer_projection
def projection(coupling, y):
    if (coupling.sum(1) <= 0).any():
        raise ValueError("no mass")
    return torch.stack([torch.einsum("j,j...->...", row / row.sum(), y) for row in coupling])


# %% answer_split_mass
def split_mass(coupling):
    return sum(sum(sorted(row)[:-1]) for row in coupling.tolist())


# %% answer_kind
def kind(coupling):
    ways = [(i, j) for i, row in enumerate(coupling.tolist()) for j, v in enumerate(row) if v >= 1e-6]
    if len({i for i, _ in ways}) < len(ways):
        return "split"
    return "one to one" if len({j for _, j in ways}) == len(ways) else "map"


# %% answer_coupling_cost
def coupling_cost(coupling, x, y):
    total = 0
    for i, one in enumerate(x.double()):
        for j, other in enumerate(y.double()):
            total = total + coupling[i, j] * torch.linalg.vector_norm(one - other) ** 2
    return total


# %% answer_gaussian_map
def gaussian_map(source, target):
    (m, S), (k, R) = source, target
    values = torch.linalg.eigvalsh(S)
    if not values.min() > 1e-6 * values.max():
        raise ValueError("flat")
    L = torch.linalg.cholesky(S)
    U, s, _ = torch.linalg.svd(L.T @ R @ L)
    A = torch.linalg.solve(L.T, torch.linalg.solve(L.T, U @ s.sqrt().diag() @ U.T).T)
    return lambda x: torch.stack([k + A @ (one - m) for one in x])


# %% answer_mean_coupling
def mean_coupling(x, y, *, size):
    n = len(x)
    rank, other = x.argsort().argsort().tolist(), y.argsort().argsort().tolist()
    pi = torch.zeros(n, n, dtype=torch.float64)
    for i in range(n):
        for j in range(n):
            for k in range(size):
                meet = math.comb(rank[i], k) * math.comb(n - 1 - rank[i], size - 1 - k)
                meet *= math.comb(other[j], k) * math.comb(n - 1 - other[j], size - 1 - k)
                pi[i, j] += meet / size / math.comb(n, size) ** 2
    return pi
