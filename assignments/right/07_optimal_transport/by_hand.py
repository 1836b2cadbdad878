"""Every answer spelt out in loops over points; couplings as lists, roots by singular values.

loses: nothing
"""


# %% answer_partners
def partners(x, y):
    if x.numel() != y.numel():
        raise ValueError("somebody would be left over")
    by_value = sorted(range(len(y)), key=lambda j: y[j].item())
    places = [0] * len(x)
    for rank, i in enumerate(sorted(range(len(x)), key=lambda i: x[i].item())):
        places[i] = by_value[rank]
    return torch.tensor(places)


# %% answer_wasserstein
def wasserstein(x, y, *, p):
    if x.numel() != y.numel() or p < 1:
        raise ValueError("not by sorting")
    total = 0
    for one, other in zip(sorted(x), sorted(y), strict=True):
        total = total + abs(one - other) ** p
    return (total / len(x)) ** (1 / p)


# %% answer_line_coupling
def line_coupling(x, y, a, b):
    if abs(float(a.sum()) - float(b.sum())) > 1e-3:
        raise ValueError("mass would vanish")
    coupling = torch.zeros(len(x), len(y))
    wanting = [[j, float(b[j])] for j in y.argsort().tolist()]
    for i in x.argsort().tolist():
        left = float(a[i])
        while left > 0 and wanting:
            j, room = wanting[0]
            amount = min(left, room)
            coupling[i, j] += amount
            left -= amount
            wanting[0][1] -= amount
            if wanting[0][1] <= 0:
                wanting.pop(0)
    return coupling


# %% answer_sinkhorn
def sinkhorn(cost, a, b, *, epsilon, rounds):
    def soft(exponents, weights):
        top = exponents[weights > 0].max()
        return -epsilon * (top + torch.log((weights * (exponents - top).exp()).sum()))

    f, g = torch.zeros(len(a)), torch.zeros(len(b))
    for _ in range(rounds):
        for i in range(len(a)):
            f[i] = soft((g - cost[i]) / epsilon, b)
        for j in range(len(b)):
            g[j] = soft((f - cost[:, j]) / epsilon, a)
    coupling = torch.zeros(len(a), len(b))
    for i in range(len(a)):
        for j in range(len(b)):
            coupling[i, j] = a[i] * b[j] * torch.exp((f[i] + g[j] - cost[i, j]) / epsilon)
    return coupling, f, g


# %% answer_conditional
def conditional(coupling):
    rows = []
    for row in coupling:
        if row.sum() == 0:
            raise ValueError("nothing to divide by")
        rows.append(row / row.sum())
    return torch.stack(rows)


# %% answer_projection
def projection(coupling, y):
    made = []
    for row in coupling:
        if row.sum() == 0:
            raise ValueError("nothing to take the mean of")
        made.append(sum(mass * target for mass, target in zip(row, y, strict=True)) / row.sum())
    return torch.stack(made)


# %% answer_split_mass
def split_mass(coupling):
    rest = 0.0
    for row in coupling.tolist():
        rest += sum(sorted(row)[:-1])
    return rest


# %% answer_kind
def kind(coupling):
    targets = []
    for row in coupling.tolist():
        places = [j for j, mass in enumerate(row) if mass >= 1e-6]
        if len(places) > 1:
            return "split"
        targets += places
    return "one to one" if len(set(targets)) == len(targets) else "map"


# %% answer_coupling_cost
def coupling_cost(coupling, x, y):
    total = torch.zeros(())
    for i in range(len(x)):
        for j in range(len(y)):
            total = total + coupling[i, j] * ((x[i] - y[j]) ** 2).sum()
    return total


# %% answer_gaussian_map
def gaussian_map(source, target):
    def root(matrix):
        left, values, _ = torch.linalg.svd(matrix)
        return left @ torch.diag(values.sqrt()) @ left.mT

    values = torch.linalg.svdvals(source[1])
    if not values.min() > 1e-6 * values.max():
        raise ValueError("a flat source")
    half = root(source[1])
    middle = root(half @ target[1] @ half)
    A = torch.linalg.solve(half, torch.linalg.solve(half, middle).mT)

    def T(x):
        return torch.stack([target[0] + A @ (point - source[0]) for point in x])

    return T


# %% answer_gaussian_wasserstein
def gaussian_wasserstein(source, target):
    def root(matrix):
        left, values, _ = torch.linalg.svd(matrix)
        return left @ torch.diag(values.sqrt()) @ left.mT

    shared = torch.linalg.svdvals(root(source[1]) @ root(target[1])).sum()
    square = torch.dist(source[0], target[0]) ** 2 + torch.trace(source[1] + target[1]) - 2 * shared
    return square.sqrt() if square > 0 else torch.zeros((), dtype=square.dtype)


# %% answer_verdicts
def verdicts():
    said = dict.fromkeys(["diamond", "shelf", "stairs"], "several")
    said.update(dict.fromkeys(["needle", "beads"], "none"))
    return said | {"gaussians": "one", "crowd": "one", "halves": "torn"}


# %% answer_mean_coupling
def mean_coupling(x, y, *, size):
    x, y = x.tolist(), y.tolist()
    table, count = [[0.0] * len(y) for _ in x], 0
    for rows in combinations(sorted(range(len(x)), key=x.__getitem__), size):
        for columns in combinations(sorted(range(len(y)), key=y.__getitem__), size):
            count += 1
            for i, j in zip(rows, columns, strict=True):
                table[i][j] += 1 / size
    return torch.tensor(table) / count
