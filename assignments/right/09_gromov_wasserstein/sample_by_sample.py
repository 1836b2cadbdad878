"""Sample by sample and in double precision, by other functions than the solution's.

loses: nothing
"""


# %% answer_kl
def kl(mean, log_variance):
    rows = []
    for m, v in zip(mean.double(), log_variance.double(), strict=True):
        rows.append(0.5 * (m.pow(2).sum() + torch.expm1(v).sum() - v.sum()))
    return torch.stack(rows)


# %% answer_sample
def sample(mean, log_variance):
    own = torch.Generator()
    own.seed()
    noise = torch.randn(mean.shape, generator=own, dtype=torch.float64).to(mean.dtype)
    return torch.addcmul(mean, torch.exp(0.5 * log_variance), noise)


# %% answer_negative_elbo
def negative_elbo(x, reconstruction, kl, *, variance):
    costs = []
    for one, made, divergence in zip(x.double(), reconstruction.double(), kl.double(), strict=True):
        half = torch.log(torch.tensor(2 * math.pi * variance, dtype=torch.float64)) / 2
        costs.append(divergence + (0.5 * (one - made) ** 2 / variance + half).sum())
    return sum(costs) / len(costs)


# %% answer_imq
def imq(z, w, *, scale):
    return 1 / (1 + torch.stack([((one.double() - w.double()) ** 2).sum(-1) for one in z]) / scale)


# %% answer_mmd
def mmd(z, w, *, kernel):
    if len(z) < 2 or len(w) < 2:
        raise ValueError("too few")

    def within(s):
        k = kernel(s, s)
        keep = ~torch.eye(len(s), dtype=torch.bool)
        return k[keep].double().mean()

    return within(z) + within(w) - kernel(z, w).double().mean() - kernel(w, z).double().mean()


# %% answer_energy
def energy(dx, dy, plan):
    dx, dy, P = dx.double(), dy.double(), plan.double()
    a, b = P.sum(1, keepdim=True), P.sum(0, keepdim=True)
    first = (dx * dx * (a @ a.T)).sum()
    second = (dy * dy * (b.T @ b)).sum()
    return first + second - 2 * torch.trace(dx @ P @ dy.T @ P.T)


# %% answer_slope
def slope(dx, dy, plan):
    free = dx.detach().clone().requires_grad_(True)
    P, other = plan.detach(), dy.detach()
    p = P.sum(1)
    with torch.enable_grad():
        value = (free**2 * torch.outer(p, p)).sum() - 2 * (free * (P @ other @ P.T)).sum()
    return torch.autograd.grad(value, free)[0]


# %% answer_gromov_loss
def gromov_loss(zx, zy, *, solver, energy):
    def apart(z):
        gap = (z.unsqueeze(1) - z.unsqueeze(0)).pow(2).sum(-1)
        safe = torch.where(gap > 0, gap, torch.ones_like(gap))
        return torch.where(gap > 0, safe.sqrt(), torch.zeros_like(gap))

    dx, dy = apart(zx), apart(zy)
    with torch.no_grad():
        plan = solver(dx, dy)
    return energy(dx, dy, plan)


# %% answer_greedy
def greedy(plan):
    return torch.tensor([max(range(plan.shape[1]), key=lambda j: row[j].item()) for row in plan])


# %% answer_barycentric
def barycentric(plan, y):
    if any(float(row.sum()) <= 0 for row in plan):
        raise ValueError("no mass")
    return torch.stack([torch.tensordot((row / row.sum()).double(), y.double(), dims=1) for row in plan])


# %% answer_diagnosis
def diagnosis(plans, energies, truth, true_energy, *, tolerance):
    runs = [(e - true_energy, p) for e, p in zip(energies.tolist(), plans, strict=True) if math.isfinite(e)]
    if not runs or min(e for e, _ in runs) > tolerance:
        return "search"
    if min(e for e, _ in runs) < -tolerance:
        return "geometry"
    same = [0.5 * float((p.double() - truth.double()).abs().sum()) <= 0.05 for e, p in runs if e <= tolerance]
    return "fine" if all(same) else "symmetry"


# %% answer_normalised
def normalised(distance):
    n = distance.shape[0] * distance.shape[1]
    s = distance.double().sum() / n
    if not math.isfinite(s.item()) or s.item() <= 0:
        raise ValueError("no scale")
    return [distance / s, s]


# %% answer_best_scale
def best_scale(dx, dy, plan):
    P = plan.double()
    return torch.einsum("ij,jl,kl,ik->", P, dy.double(), P, dx.double()) / torch.einsum(
        "ij,kl,jl->", P, P, dy.double() ** 2
    )
