"""Every answer spelt out in loops, with the drift in halves.

loses: nothing
"""


# %% answer_hamilton_field
def hamilton_field(H, x):
    n = x.shape[1]
    if n % 2 == 1:
        raise ValueError(f"{n} entries")
    free = x.requires_grad
    with torch.set_grad_enabled(True):
        copy = x * 1.0 if free else x.clone().requires_grad_(True)
        energies = H(copy)
        slope = torch.autograd.grad(energies, copy, torch.ones_like(energies), create_graph=True)[0]
    columns = [slope[:, n // 2 + k] for k in range(n // 2)] + [-slope[:, k] for k in range(n // 2)]
    return torch.stack(columns, 1)


# %% answer_leapfrog
def leapfrog(x, dt, *, kinetic_gradient, potential_gradient):
    m = x.shape[1] // 2
    q, p = x[:, :m], x[:, m:]
    middle = q + 0.5 * dt * kinetic_gradient(p)
    p = p - dt * potential_gradient(middle)
    return torch.cat([middle + 0.5 * dt * kinetic_gradient(p), p], 1)


# %% answer_path
def path(step, x, *, time, steps):
    states = torch.empty(0, *x.shape).to(x)
    here = x
    for k in range(steps + 1):
        states = torch.cat([states, here[None]])
        if k < steps:
            here = step(here, time / steps)
    return states


# %% answer_order
def order(flow, *, steps):
    ends = [flow(n) for n in (steps, 2 * steps, 4 * steps)]
    gaps = [float(((a - b) ** 2).sum()) ** 0.5 for a, b in zip(ends[:-1], ends[1:], strict=True)]
    return math.log(gaps[0] / gaps[1]) / math.log(2)


# %% answer_log_volume
def log_volume(step, x):
    found = []
    for b in range(len(x)):
        point = x[b : b + 1].clone().requires_grad_()
        end = step(point)
        rows = [
            torch.autograd.grad(end[0, i], point, retain_graph=True, allow_unused=True)[0]
            for i in range(x.shape[1])
        ]
        rows = [torch.zeros_like(point) if row is None else row for row in rows]
        found.append(torch.cat(rows).det().abs().log())
    return torch.stack(found)


# %% answer_divergence
def divergence(field, x):
    point = x.clone().requires_grad_()
    velocity, total = field(point), torch.zeros(len(x)).to(x)
    for i in range(x.shape[1]):
        total = total + torch.autograd.grad(velocity[:, i].sum(), point, retain_graph=True)[0][:, i]
    return total


# %% answer_energy_drift
def energy_drift(H, path):
    start, worst = H(path[0]), torch.zeros(path.shape[1]).to(path)
    for state in path[1:]:
        worst = torch.maximum(worst, (H(state) - start).abs())
    return worst


# %% answer_grows
def grows(H, path):
    start, m = H(path[0]), (len(path) - 1) // 2
    halves = [0.0, 0.0]
    for k, state in enumerate(path):
        error = (H(state) - start).abs()
        halves[k > m] = torch.maximum(error, torch.as_tensor(halves[k > m]).to(error))
    return halves[1] / 1.5 > halves[0]


# %% answer_back
def back(step, y, *, steps):
    dt = 1 / steps
    states = [y]
    while len(states) <= steps:
        states.append(step(states[-1], -dt))
    return states[-1]


# %% answer_flip_back
def flip_back(step, y, *, steps):
    sign = torch.ones(y.shape[1]).to(y)
    sign[y.shape[1] // 2 :] = -1
    x = y * sign
    for _ in range(steps):
        x = step(x, 1.0 / steps)
    return x * sign


# %% answer_verdicts
def verdicts():
    # By running them: a pendulum of two dimensions, in 8 and in 64 steps.
    V = Hills(2, 1)
    b = torch.tensor([1.0, -0.5]).double()

    def made(kinetic, potential):
        def step(x, dt):
            q, p = x.chunk(2, dim=1)
            p = p - dt / 2 * potential(q)
            q = q + dt * kinetic(p)
            return torch.cat([q, p - dt / 2 * potential(q)], 1)

        return step

    def euler(x, dt):
        q, p = x.chunk(2, dim=1)
        return torch.cat([q + dt * p, p - dt * V.gradient(q)], 1)

    def run(step, x, time, steps):
        for _ in range(steps):
            x = step(x, time / steps)
        return x

    def flipped(x):
        return torch.cat([x[:, :2], -x[:, 2:]], 1)

    plain, uneven = made(lambda p: p, V.gradient), made(lambda p: p + b, V.gradient)
    negative = made(lambda p: -p, lambda q: -V.gradient(q))
    learned = made(Hills(2, 3).gradient, V.gradient)

    def damped(x, dt):
        return math.exp(-dt / 2) * plain(math.exp(-dt / 2) * x, dt)

    ways = {
        "minus_dt": (plain, lambda y, n: run(plain, y, -1, n)),
        "minus_H": (plain, lambda y, n: run(negative, y, 1, n)),
        "flip": (plain, lambda y, n: flipped(run(plain, flipped(y), 1, n))),
        "flip_once": (plain, lambda y, n: run(plain, flipped(y), 1, n)),
        "uneven_flip": (uneven, lambda y, n: flipped(run(uneven, flipped(y), 1, n))),
        "uneven_minus_dt": (uneven, lambda y, n: run(uneven, y, -1, n)),
        "untrained": (learned, lambda y, n: run(learned, y, -1, n)),
        "euler": (euler, lambda y, n: run(euler, y, -1, n)),
        "finer": (plain, lambda y, n: run(plain, y, -1, 2 * n)),
        "damped": (damped, lambda y, n: run(damped, y, -1, n)),
    }
    said, x = {}, random_points(4, 4, 5)
    with torch.no_grad():
        for name, (there, home) in ways.items():
            coarse, fine = ((home(run(there, x, 1, n), n) - x).norm() for n in (8, 64))
            said[name] = "exact" if coarse < 1e-10 else "nearly" if fine < coarse / 3 else "no"
    return said


# %% answer_form_error
def form_error(step, x):
    # Column by column: the form of two columns of DΦ is what it was for the two directions.
    d, found = x.shape[1], []
    m = d // 2
    for point in x:
        D = torch.autograd.functional.jacobian(lambda z: step(z[None])[0], point)
        worst = torch.zeros(()).to(x)
        for i in range(d):
            for k in range(d):
                form = D[:m, i] @ D[m:, k] - D[m:, i] @ D[:m, k]
                was = float(k == i + m) - float(i == k + m)
                worst = torch.maximum(worst, (form - was).abs())
        found.append(worst)
    return torch.stack(found)


# %% answer_genuine
def genuine(steps, x, *, tolerance):
    found = []
    for name in steps:
        errors = form_error(steps[name], x)
        if all(float(error) <= tolerance for error in errors):
            found.append(name)
    return found


# %% answer_floor
def floor(A, B):
    d = len(A)
    C = B * (A.det() / B.det()) ** (1 / d)
    target = torch.distributions.MultivariateNormal(torch.zeros(d).to(B), B)
    image = torch.distributions.MultivariateNormal(torch.zeros(d).to(B), C)
    return torch.distributions.kl_divergence(image, target)


# %% answer_best_map
def best_map(A, B):
    def root(C):
        values, vectors = torch.linalg.eigh(C)
        return vectors @ torch.diag(values.sqrt()) @ vectors.T

    c = (A.det() / B.det()) ** (1 / len(A))
    return c.sqrt() * root(B) @ root(A).inverse()


# %% answer_scaling_rate
def scaling_rate(A, B):
    # The volume of an ellipsoid is the root of a determinant, and grows by e^(γ d).
    return math.log((B.det() / A.det()).item() ** 0.5) / len(A)
