"""Point by point, with derivatives by torch.func, drifts in halves, and other norms where any will do.

loses: nothing
"""


# %% answer_hamilton_field
def hamilton_field(H, x):
    d = x.shape[1]
    if d % 2 == 1:
        raise ValueError("odd")
    rows = []
    with torch.enable_grad():
        for point in x:
            z = point if point.requires_grad else point.detach().clone().requires_grad_(True)
            g = torch.autograd.grad(H(z.unsqueeze(0)).squeeze(), z, create_graph=True)[0]
            rows.append(torch.cat([g[d // 2 :], g[: d // 2].neg()]))
    return torch.stack(rows)


# %% answer_leapfrog
def leapfrog(x, dt, *, kinetic_gradient, potential_gradient):
    m = x.shape[1] // 2
    q, p = x[:, :m], x[:, m:]
    half = q + kinetic_gradient(p) * dt / 2
    new = p - potential_gradient(half) * dt
    return torch.hstack([half + kinetic_gradient(new) * dt / 2, new])


# %% answer_path
def path(step, x, *, time, steps):
    if steps == 1:
        return torch.cat([x[None], step(x, time)[None]])
    before = path(step, x, time=time * (steps - 1) / steps, steps=steps - 1)
    return torch.cat([before, step(before[-1], time / steps)[None]])


# %% answer_order
def order(flow, *, steps):
    ends = [flow(k * steps).detach().double() for k in (1, 2, 4)]
    first, second = ((a - b).abs().max() for a, b in zip(ends, ends[1:], strict=False))
    if first.item() != (ends[0] - ends[1]).norm().item():
        first, second = ((a - b).norm() for a, b in zip(ends, ends[1:], strict=False))
    return math.log(first.item() / second.item()) / math.log(2)


# %% answer_log_volume
def log_volume(step, x):
    J = torch.func.jacrev(lambda z: step(z[None])[0])
    return torch.stack([torch.linalg.svdvals(J(one.detach()).double()).log().sum() for one in x])


# %% answer_divergence
def divergence(field, x):
    J = torch.func.jacrev(lambda z: field(z[None])[0])
    return torch.stack([J(one.detach()).double().diagonal().sum() for one in x])


# %% answer_energy_drift
def energy_drift(H, path):
    start = H(path[0])
    worst = torch.zeros_like(start)
    for state in path[1:]:
        worst = torch.maximum(worst, (H(state) - start).abs())
    return worst


# %% answer_back
def back(step, y, *, steps):
    return y if steps == 0 else path_back(step, y, steps)


def path_back(step, y, steps):
    for k in range(steps, 0, -1):
        y = step(y, (k - 1) / steps - k / steps)
    return y


# %% answer_form_error
def form_error(step, x):
    m = x.shape[1] // 2
    J = torch.func.jacrev(lambda z: step(z[None])[0])
    errors = []
    for one in x:
        D = J(one.detach()).double()
        a, b = D[:m], D[m:]
        form = a.T @ b - b.T @ a
        form[:m, m:] -= torch.eye(m, dtype=form.dtype)
        form[m:, :m] += torch.eye(m, dtype=form.dtype)
        errors.append(form.abs().amax())
    return torch.stack(errors)


# %% answer_floor
def floor(A, B):
    values = torch.linalg.eigvals(torch.linalg.solve(B.double(), A.double())).real
    return len(A) * (values.prod() ** (1 / len(A)) - 1) / 2 - values.log().sum() / 2


# %% answer_best_map
def best_map(A, B):
    def root(C, power):
        values, vectors = torch.linalg.eigh(C.double())
        return vectors @ (values / values.prod() ** (1 / len(C))).pow(power).diag() @ vectors.T

    return -root(B, 0.5) @ root(A, -0.5)
