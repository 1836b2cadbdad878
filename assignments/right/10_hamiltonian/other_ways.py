"""Every answer written in another way that is right: torch.func, other differences, Poisson brackets.

loses: nothing
"""


# %% answer_hamilton_field
def hamilton_field(H, x):
    if x.shape[1] % 2 != 0:
        raise ValueError("an odd number of entries")
    with torch.enable_grad():
        slope = torch.func.grad(lambda z: H(z).sum())(x)
    m = x.shape[1] // 2
    J = torch.kron(torch.tensor([[0.0, 1.0], [-1.0, 0.0]]), torch.eye(m)).to(x)
    return slope @ J.T


# %% answer_leapfrog
def leapfrog(x, dt, *, kinetic_gradient, potential_gradient):
    def kick(x, dt):
        q, p = x.tensor_split(2, dim=1)
        return torch.cat([q, torch.sub(p, potential_gradient(q), alpha=dt)], 1)

    def drift(x, dt):
        q, p = x.tensor_split(2, dim=1)
        return torch.cat([torch.add(q, kinetic_gradient(p), alpha=dt), p], 1)

    return kick(drift(kick(x, dt / 2), dt), dt / 2)


# %% answer_path
def path(step, x, *, time, steps):
    from itertools import accumulate

    return torch.stack(list(accumulate(range(steps), lambda here, _: step(here, time / steps), initial=x)))


# %% answer_order
def order(flow, *, steps):
    fine, middle, coarse = (flow(steps * 2**k) for k in (2, 1, 0))
    return float(torch.log2((middle - coarse).abs().max() / (fine - middle).abs().max()))


# %% answer_log_volume
def log_volume(step, x):
    D = torch.autograd.functional.jacobian(lambda z: step(z).sum(0), x).movedim(1, 0)
    return torch.linalg.svdvals(D).log().sum(1)


# %% answer_divergence
def divergence(field, x):
    D = torch.func.jacrev(lambda z: field(z).sum(0))(x)
    return torch.einsum("ibi->b", D).detach()


# %% answer_energy_drift
def energy_drift(H, path):
    energies = H(path.flatten(0, 1)).view(path.shape[:2])
    above, below = energies.amax(0) - energies[0], energies[0] - energies.amin(0)
    return torch.maximum(above, below)


# %% answer_grows
def grows(H, path):
    energies = torch.stack(list(map(H, path.unbind())))
    worst = (energies - energies[:1]).abs().cummax(0).values
    # The largest error so far rises by half after the middle only if the second half is worse.
    return worst[-1] > 1.5 * worst[(len(path) - 1) // 2]


# %% answer_back
def back(step, y, *, steps):
    from functools import reduce

    return reduce(lambda here, dt: step(here, dt), [-1 / steps] * steps, y)


# %% answer_flip_back
def flip_back(step, y, *, steps):
    def flip(x):
        m = x.shape[1] // 2
        return torch.hstack([x[:, :m], x[:, m:].neg()])

    x = flip(y)
    for dt in torch.linspace(0, 1, steps + 1, dtype=torch.double).diff().tolist():
        x = step(x, dt)
    return flip(x)


# %% answer_verdicts
def verdicts():
    words = {"exact": "minus_dt minus_H flip uneven_minus_dt untrained damped", "nearly": "euler finer"}
    words["no"] = "flip_once uneven_flip"
    return {name: word for word, names in words.items() for name in names.split()}


# %% answer_form_error
def form_error(step, x):
    m = x.shape[1] // 2
    D = torch.autograd.functional.jacobian(lambda z: step(z).sum(0), x).movedim(1, 0)
    by_q, by_p = D[:, :, :m], D[:, :, m:]

    def bracket(u, v):
        return u[:, :m].mT @ v[:, m:] - u[:, m:].mT @ v[:, :m]

    parts = bracket(by_q, by_q), bracket(by_p, by_p), bracket(by_q, by_p) - torch.eye(m).to(x)
    return torch.stack([part.abs().amax((1, 2)) for part in parts]).amax(0)


# %% answer_genuine
def genuine(steps, x, *, tolerance):
    return frozenset(filter(lambda name: form_error(steps[name], x).max().item() <= tolerance, steps))


# %% answer_floor
def floor(A, B):
    # The logarithms of the eigenvalues of B⁻¹ A have the mean log c.
    logs = torch.linalg.eigvals(torch.linalg.solve(B, A)).real.log()
    return float(len(A) * (logs.mean().expm1() - logs.mean()) / 2)


# %% answer_best_map
def best_map(A, B):
    whitens = torch.linalg.cholesky(torch.linalg.inv(A)).T
    colours = torch.linalg.cholesky(B)
    M = colours @ whitens
    return M * (-torch.linalg.slogdet(M)[1] / len(M)).exp()


# %% answer_scaling_rate
def scaling_rate(A, B):
    return torch.linalg.eigvals(torch.linalg.solve(A, B)).real.log().mean() / 2
