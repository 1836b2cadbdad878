"""Every answer spelt out in loops; the way back is sought sample by sample, and from another start.

loses: nothing
"""


# %% answer_flow_path
def flow_path(x, velocities):
    K = len(velocities)
    states = [x.clone()]
    for k in range(K):
        here = states[k]
        states.append(here + velocities[k](here) * (1 / K))
    return torch.cat([state[None] for state in states], 0)


# %% answer_split
def split(velocities):
    def same(v):
        return lambda x: v(x)

    twice = []
    for v in velocities:
        twice.append(same(v))
        twice.append(same(v))
    return twice


# %% answer_effort
def effort(path, *, p=2.0, c=None):
    if p <= 1:
        raise ValueError(f"p = {p}")
    if c is None:
        c = torch.ones(path.shape[2:])
    if (c <= 0).any():
        raise ValueError(f"c = {c}")
    K = len(path) - 1
    dt, total = 1 / K, 0.0
    for k in range(K):
        v = (path[k + 1] - path[k]) / dt
        for sample in v:
            total = total + dt * (c * sample.abs() ** p).sum()
    return total / path.shape[1]


# %% answer_retuned
def retuned(weight, *, p, before, after):
    # One straight way of length 1, at an even pace.
    velocities = [sum(1.0**p for _ in range(K)) for K in (before, after)]
    residuals = [sum((1 / K) ** p for _ in range(K)) for K in (before, after)]
    return {
        "velocities": weight * velocities[0] / velocities[1],
        "residuals": weight * residuals[0] / residuals[1],
    }


# %% answer_weight_at
def weight_at(progress, *, start, until):
    left = (until - progress) / until
    return start * left if left > 0 else 0.0


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    path = flow(x)
    terms = {}
    if weight > 0:
        terms["effort"] = weight * effort(path)
    terms["fit"] = D(path[-1], y)
    return terms


# %% answer_judge_loss
def judge_loss(path, y, *, judge):
    with torch.no_grad():
        made = path[-1].clone()
    return -nn.functional.logsigmoid(judge(y)).mean() - nn.functional.logsigmoid(-judge(made)).mean()


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    dt, found = 1 / len(velocities), []
    for sample in y:
        target = sample[None]
        for k in range(len(velocities) - 1, -1, -1):
            x = target - dt * velocities[k](target)
            for _ in range(iterations):
                gap = target - dt * velocities[k](x) - x
                if not torch.isfinite(gap).all() or gap.abs().max() <= tolerance / 10:
                    break
                x = x + theta * gap
            gap = target - dt * velocities[k](x) - x
            if torch.isnan(gap).any() or gap.abs().max() > tolerance:
                raise RuntimeError(f"step {k} was not undone")
            target = x
        found.append(target)
    return torch.cat(found)


# %% answer_naive_inverse
def naive_inverse(y, velocities):
    x = y.clone()
    for k in range(len(velocities), 0, -1):
        x = x - 1 / len(velocities) * velocities[k - 1](x)
    return x


# %% answer_verdicts
def verdicts():
    return dict(
        breeze="plain",
        gale="damped",
        swirl="damped",
        pile="lost",
        somersault="neither",
        fold="lost",
        crowd="no map",
        record="plain",
    )


# %% answer_parallel_sum
def parallel_sum(A, B):
    d = len(A)
    values = []
    for part in (A, B):
        little = 1e-6 * torch.linalg.eigvalsh(part).mean()
        values.append(torch.linalg.solve(part + little * torch.eye(d).to(part), torch.eye(d).to(part)))
    return torch.linalg.inv((values[0] + values[1]) / 2)


# %% answer_semantic_cost
def semantic_cost(codes, place, domain, *, shared, floor=1e-3):
    if not floor > 0:
        raise ValueError(f"floor = {floor}")
    means = {}
    for d in (0, 1):
        for a in (0, 1):
            rows = [code for code, p, q in zip(codes, place, domain, strict=True) if (p, q) == (a, d)]
            means[a, d] = torch.stack(rows).mean(0)
        means[d] = codes[domain == d].mean(0)
    v = (means[1, 0] - means[0, 0]) + (means[1, 1] - means[0, 1])
    v = v / v.norm()
    spreads = []
    for a in (0, 1):
        z = torch.stack(
            [code - means[int(q)] for code, p, q in zip(codes, place, domain, strict=True) if p == a]
        )
        z = z - z.mean(0)
        spreads.append(z.T @ z / len(z))
    M = shared(*spreads)
    M = M - torch.outer(v, v @ M)
    M = M - torch.outer(M @ v, v)
    values, vectors = torch.linalg.eigh((M + M.T) / 2)
    order = values.argsort(descending=True)
    weights = [max(float(values[k] / values.max()), floor) for k in order]
    return vectors[:, order], torch.tensor(weights).to(codes)
