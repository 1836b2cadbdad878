"""Every answer written in another way that is right: distributions, autograd, traces, a search by hand.

loses: nothing
"""


# %% answer_kl
def kl(mean, log_variance):
    from torch.distributions import Independent, Normal, kl_divergence

    q = Independent(Normal(mean, (0.5 * log_variance).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
    return kl_divergence(q, prior)


# %% answer_sample
def sample(mean, log_variance):
    return torch.distributions.Normal(mean, log_variance.mul(0.5).exp()).rsample()


# %% answer_negative_elbo
def negative_elbo(x, reconstruction, kl, *, variance):
    likely = torch.distributions.Normal(reconstruction, math.sqrt(variance)).log_prob(x)
    return kl.mean() - likely.sum() / len(x)


# %% answer_hidden_variance
def hidden_variance(pixels, weight):
    return 0.5 * pixels * weight


# %% answer_imq
def imq(z, w, *, scale):
    squared = (z * z).sum(1)[:, None] + (w * w).sum(1) - 2 * z @ w.T
    return 1 / (1 + squared.clamp(min=0) / scale)


# %% answer_mmd
def mmd(z, w, *, kernel):
    if len(z) < 2 or len(w) < 2:
        raise ValueError("too few samples")

    def different(a):
        off = ~torch.eye(len(a), dtype=torch.bool)
        return kernel(a, a)[off].mean()

    return different(z) + different(w) - 2 * kernel(z, w).sum() / (len(z) * len(w))


# %% answer_energy
def energy(dx, dy, plan):
    p, q = plan.sum(1, keepdim=True), plan.sum(0, keepdim=True)
    cost = dx**2 @ p @ torch.ones_like(q) * q.sum() + torch.ones_like(p) @ q @ dy**2 * p.sum()
    return (cost / plan.sum() * plan - 2 * (dx @ plan @ dy) * plan).sum()


# %% answer_slope
def slope(dx, dy, plan):
    free = dx.clone().requires_grad_()
    p, q = plan.sum(1), plan.sum(0)
    value = p @ free**2 @ p + q @ dy**2 @ q - 2 * torch.trace(free @ plan @ dy.T @ plan.T)
    # Symmetric: the entry (i, k) by itself.
    (found,) = torch.autograd.grad(value, free)
    return found


# %% answer_gromov_loss
def gromov_loss(zx, zy, *, solver, energy):
    dx, dy = torch.cdist(zx, zx), torch.cdist(zy, zy)
    return energy(dx, dy, solver(dx, dy).detach())


# %% answer_greedy
def greedy(plan):
    return torch.topk(plan, 1, dim=1).indices[:, 0]


# %% answer_pile
def pile(n):
    # All rows but the last alike; the last one gets what is left.
    first = torch.full((n,), 1.0, dtype=torch.double)
    first[0] = 1 + 1 / (2 * n)
    rows = (first / first.sum() / n).repeat(n - 1, 1)
    return torch.cat([rows, 1 / n - rows.sum(0, keepdim=True)])


# %% answer_assignment
def assignment(plan):
    if plan.ndim != 2 or len(set(plan.shape)) != 1:
        raise ValueError("a pairing needs a square plan")
    # The auction of Bertsekas: whoever is without a y bids for the best one.
    n = len(plan)
    prices, owner, place = [0.0] * n, [-1] * n, [-1] * n
    value, bid = plan.double().tolist(), 1e-4 * float(plan.max()) / n
    while -1 in place:
        i = place.index(-1)
        gains = [value[i][j] - prices[j] for j in range(n)]
        j = max(range(n), key=gains.__getitem__)
        second = max((gain for k, gain in enumerate(gains) if k != j), default=gains[j])
        prices[j] += gains[j] - second + bid
        if owner[j] >= 0:
            place[owner[j]] = -1
        owner[j], place[i] = i, j
    return torch.tensor(place)


# %% answer_barycentric
def barycentric(plan, y):
    if plan.sum(1).min() <= 0:
        raise ValueError("some point has no mass")
    return torch.einsum("ij,j...->i...", nn.functional.normalize(plan, p=1, dim=1, eps=0.0), y)


# %% answer_diagnosis
def diagnosis(plans, energies, truth, true_energy, *, tolerance):
    gaps = torch.nan_to_num(energies - true_energy, nan=math.inf, posinf=math.inf)
    if gaps.min() > tolerance:
        return "search"
    if gaps.min() < -tolerance:
        return "geometry"
    wrong = [(plan - truth).clamp(min=0).sum() > 0.05 for plan in plans[gaps <= tolerance]]
    return "symmetry" if any(wrong) else "fine"


# %% answer_verdicts
def verdicts():
    words = {"tie": ["isosceles", "classes"], "other": ["noisy", "portrait"]}
    said = dict.fromkeys(("turned", "mirrored", "negatives", "doubled", "crooked"), "truth")
    return said | {name: word for word, names in words.items() for name in names}


# %% answer_normalised
def normalised(distance):
    s = distance.sum() / distance.numel()
    if s.item() <= 0 or not math.isfinite(s.item()):
        raise ValueError("no scale")
    return distance * s.reciprocal(), s


# %% answer_factors
def factors(c):
    powers = {"distances": 1, "energy": 2, "root": 1, "slope": 1, "epsilon": 2, "normalised": 0}
    return {name: math.pow(c, power) for name, power in powers.items()}


# %% answer_best_scale
def best_scale(dx, dy, plan):
    c = torch.zeros((), dtype=plan.dtype, requires_grad=True)
    q = plan.sum(0)
    value = q @ (c * dy) ** 2 @ q - 2 * torch.einsum("ik,ij,kl,jl->", dx, plan, plan, c * dy)
    (slope,) = torch.autograd.grad(value, c, create_graph=True)
    (bend,) = torch.autograd.grad(slope, c)
    return (-slope / bend).detach()
