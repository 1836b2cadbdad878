"""Every answer spelt out in loops, with as much of the plan in hand as a row needs.

loses: nothing
"""


# %% answer_kl
def kl(mean, log_variance):
    found = []
    for m, v in zip(mean, log_variance, strict=True):
        total = 0.0
        for k in range(len(m)):
            total = total + 0.5 * (m[k] * m[k] + torch.exp(v[k]) - v[k] - 1)
        found.append(total)
    return torch.stack(found)


# %% answer_sample
def sample(mean, log_variance):
    noise = torch.normal(torch.zeros_like(mean), torch.ones_like(mean))
    deviation = torch.sqrt(torch.exp(log_variance))
    return noise * deviation + mean


# %% answer_negative_elbo
def negative_elbo(x, reconstruction, kl, *, variance):
    total = 0.0
    for image, made, divergence in zip(x, reconstruction, kl, strict=True):
        difference = (image - made).flatten()
        likely = sum(-(d**2) / (2 * variance) - math.log(2 * math.pi * variance) / 2 for d in difference)
        total = total + divergence - likely
    return total / len(x)


# %% answer_hidden_variance
def hidden_variance(pixels, weight):
    # The bound weighs a mean square with pixels / (2 s²) and the divergence with 1.
    return pixels / 2 / (1 / weight)


# %% answer_imq
def imq(z, w, *, scale):
    return torch.stack([torch.stack([scale / (scale + ((a - b) ** 2).sum()) for b in w]) for a in z])


# %% answer_mmd
def mmd(z, w, *, kernel):
    n, m = len(z), len(w)
    if n <= 1 or m <= 1:
        raise ValueError(f"{n} and {m} samples")
    within, other, cross = kernel(z, z), kernel(w, w), kernel(z, w)
    value = 0.0
    for i in range(n):
        for k in range(n):
            if i != k:
                value = value + within[i, k] / n / (n - 1)
    for j in range(m):
        for k in range(m):
            if j != k:
                value = value + other[j, k] / m / (m - 1)
    for i in range(n):
        for j in range(m):
            value = value - 2 * cross[i, j] / n / m
    return value


# %% answer_energy
def energy(dx, dy, plan):
    p, q = plan.sum(1), plan.sum(0)
    total = 0.0
    for i in range(len(dx)):
        # What the row i of the plan pays: for each j, the mean square of d_ik - d'_jl over all journeys.
        row = (dx[i] ** 2 * p).sum() + (dy**2 * q).sum(1) - 2 * (dx[i] @ plan) @ dy
        total = total + (plan[i] * row).sum()
    return total


# %% answer_slope
def slope(dx, dy, plan):
    p, n = plan.sum(1), len(dx)
    found = torch.zeros_like(dx)
    for i in range(n):
        for k in range(n):
            found[i, k] = 2 * p[i] * p[k] * dx[i, k] - 2 * plan[i] @ dy @ plan[k]
    return found


# %% answer_gromov_loss
def gromov_loss(zx, zy, *, solver, energy):
    def far(z):
        squared = sum((z[:, k][:, None] - z[:, k][None]) ** 2 for k in range(z.shape[1]))
        apart = squared > 0
        return torch.where(apart, torch.where(apart, squared, torch.ones_like(squared)).sqrt(), 0.0)

    dx, dy = far(zx), far(zy)
    with torch.no_grad():
        plan = solver(dx, dy)
    return energy(dx, dy, plan)


# %% answer_greedy
def greedy(plan):
    return torch.tensor([max(range(len(row)), key=lambda j, row=row: float(row[j])) for row in plan])


# %% answer_pile
def pile(n):
    plan = torch.zeros(n, n, dtype=torch.double)
    for i in range(n - 1):
        plan[i, 0] = 1 / n / (n - 1)
        for j in range(1, n):
            plan[i, j] = (1 / n - plan[i, 0]) / (n - 1)
    for j in range(n):
        plan[n - 1, j] = 1 / n - plan[: n - 1, j].sum()
    return plan.clamp(min=0)


# %% answer_assignment
def assignment(plan):
    from scipy.optimize import linear_sum_assignment

    n, m = plan.shape
    if n != m:
        raise ValueError("not square")
    found = torch.zeros(n, dtype=torch.long)
    for i, j in zip(*linear_sum_assignment(-plan.numpy()), strict=True):
        found[i] = int(j)
    return found


# %% answer_barycentric
def barycentric(plan, y):
    found = []
    for row in plan:
        mass = row.sum()
        if mass == 0:
            raise ValueError("no mass")
        found.append(sum(row[j] / mass * y[j] for j in range(len(y))))
    return torch.stack(found)


# %% answer_diagnosis
def diagnosis(plans, energies, truth, true_energy, *, tolerance):
    good = [(float(e), plan) for e, plan in zip(energies, plans, strict=True) if math.isfinite(e)]
    if not good or min(e for e, _ in good) - true_energy > tolerance:
        return "search"
    if true_energy - min(e for e, _ in good) > tolerance:
        return "geometry"
    for e, plan in good:
        kept = torch.minimum(plan, truth).sum()
        if abs(e - true_energy) <= tolerance and truth.sum() - kept > 0.05:
            return "symmetry"
    return "fine"


# %% answer_verdicts
def verdicts():
    said = {}
    for name, (x, y) in SPACES.items():
        n, found = len(x), {}
        for order in itertools.permutations(range(n)):
            found[order] = sum(
                (float((x[i] - x[k]).norm()) - float((y[order[i]] - y[order[k]]).norm())) ** 2
                for i in range(n)
                for k in range(n)
            )
        least, true = min(found.values()), found[tuple(range(n))]
        as_good = sum(value < least + 1e-6 for value in found.values())
        said[name] = "other" if true > least + 1e-6 else "tie" if as_good > 1 else "truth"
    return said


# %% answer_normalised
def normalised(distance):
    n = len(distance)
    s = sum(distance[i, k] for i in range(n) for k in range(n)) / n**2
    if not 0 < float(s) < math.inf:
        raise ValueError(f"a mean distance of {float(s)}")
    return torch.stack([row / s for row in distance]), s


# %% answer_factors
def factors(c):
    return dict(
        distances=c, energy=c * c, root=math.sqrt(c * c), slope=c * c / c, epsilon=c * c, normalised=1
    )


# %% answer_best_scale
def best_scale(dx, dy, plan):
    # A parabola through three points: E(c) = a c² + b c + e.
    def at(c):
        p, q = plan.sum(1), plan.sum(0)
        return p @ dx**2 @ p + q @ (c * dy) ** 2 @ q - 2 * (dx @ plan @ (c * dy) * plan).sum()

    a = (at(1) + at(-1)) / 2 - at(0)
    b = (at(1) - at(-1)) / 2
    return -b / (2 * a)
