"""Every answer written in another way that is right: recursion, losses that PyTorch has, pseudo-inverses.

loses: nothing
"""


# %% answer_flow_path
def flow_path(x, velocities):
    from itertools import accumulate

    dt = 1 / len(velocities)
    return torch.stack(
        list(accumulate(velocities, lambda here, v: torch.add(here, v(here), alpha=dt), initial=x))
    )


# %% answer_split
def split(velocities):
    from itertools import chain

    return list(chain.from_iterable(zip(velocities, velocities, strict=True)))


# %% answer_effort
def effort(path, *, p=2.0, c=None):
    if p <= 1 or (c is not None and c.min() <= 0):
        raise ValueError("not strictly convex")
    residuals, K = path.diff(dim=0), path.shape[0] - 1
    c = torch.ones_like(path[0, 0]) if c is None else c
    # The factor of the residuals, K^(p - 1), and the mean over the batch.
    return K ** (p - 1) * (c * residuals.abs().pow(p)).sum(0).mean(0).sum()


# %% answer_retuned
def retuned(weight, *, p, before, after):
    ratio = after / before
    return dict(velocities=weight / ratio, residuals=weight / ratio ** (1 - p))


# %% answer_weight_at
def weight_at(progress, *, start, until):
    if progress >= until:
        return 0.0
    return start - start / until * progress


# %% answer_dont_terms
def dont_terms(x, y, *, flow, effort, D, weight):
    states = flow(x)
    made = states[len(states) - 1]
    return {"fit": D(made, y)} | ({} if weight == 0 else {"effort": effort(states) * weight})


# %% answer_judge_loss
def judge_loss(path, y, *, judge):
    real, fake = judge(y), judge(path.detach()[-1])
    loss = nn.BCEWithLogitsLoss()
    return loss(real, torch.ones_like(real)) + loss(fake, torch.zeros_like(fake))


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    if not velocities:
        return y
    *earlier, last = [lambda x, v=v: v(x) / len(velocities) for v in velocities]

    def solved(step, y):
        x = y.clone()
        for _ in range(iterations):
            residual = y - step(x) - x
            if residual.abs().max() <= tolerance:
                return x
            x = torch.lerp(x, y - step(x), theta)
        if (y - step(x) - x).abs().max() <= tolerance:
            return x
        raise RuntimeError("lost on the way back")

    y = solved(last, y)
    while earlier:
        y = solved(earlier.pop(), y)
    return y


# %% answer_naive_inverse
def naive_inverse(y, velocities):
    from functools import reduce

    return reduce(lambda here, v: here - v(here) / len(velocities), velocities[::-1], y)


# %% answer_verdicts
def verdicts():
    words = {"plain": ["breeze", "record"], "damped": ["gale", "swirl"], "lost": ["pile", "fold"]}
    words |= {"neither": ["somersault"], "no map": ["crowd"]}
    return {name: word for word, names in words.items() for name in names}


# %% answer_parallel_sum
def parallel_sum(A, B):
    shared = 2 * A @ torch.linalg.pinv(A + B, hermitian=True) @ B
    return (shared + shared.T) / 2


# %% answer_semantic_cost
def semantic_cost(codes, place, domain, *, shared, floor=1e-3):
    import numpy as np

    if floor <= 0:
        raise ValueError("the floor is the smallest weight, and must be above 0")
    x, y = codes[domain == 0], codes[domain == 1]
    at_x, at_y = place[domain == 0], place[domain == 1]
    v = x[at_x == 1].mean(0) - x[at_x == 0].mean(0) + y[at_y == 1].mean(0) - y[at_y == 0].mean(0)
    z, at = torch.cat([x - x.mean(0), y - y.mean(0)]), torch.cat([at_x, at_y])
    spreads = [torch.from_numpy(np.cov(z[at == a].numpy(), rowvar=False)) for a in (0, 1)]
    # Axes orthogonal to v first; v itself is the last one, and has no eigenvalue.
    basis = torch.linalg.qr(torch.cat([v[:, None], torch.eye(len(v), dtype=v.dtype)], 1)).Q[:, 1 : len(v)]
    U, values, _ = torch.linalg.svd(basis.T @ shared(*spreads) @ basis)
    axes = torch.cat([basis @ U, (v / v.norm())[:, None]], 1)
    return axes, torch.cat([(values / values[0]).clamp(min=floor), torch.tensor([floor], dtype=v.dtype)])
