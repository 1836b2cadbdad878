"""Sample by sample and coordinate by coordinate where the text allows it; sums are taken in double precision.

loses: nothing
"""


# %% answer_unit_half
def unit_half(x, *, E_X, Dec_X, E_Y, Dec_Y, D_Y, draw, lam_rec=10.0, lam_cyc=10.0, lam_kl=0.01):
    # The judge's verdicts count, and its parameters are constants: nobody asks whether it learns here.
    def mean_of(values):
        return torch.stack([one.double().mean() for one in values]).mean()

    mu = E_X(x)
    z = draw(mu)
    made = Dec_Y(z)
    mu_hat = E_Y(made)
    frozen = {name: parameter.detach() for name, parameter in D_Y.named_parameters()}
    verdicts = torch.func.functional_call(D_Y, frozen, (made,))
    home, back = Dec_X(z), Dec_X(draw(mu_hat))
    return {
        "fool": mean_of((v - 1) ** 2 for v in verdicts) / 2,
        "rec": mean_of((a - b).abs() for a, b in zip(home, x, strict=True)) * lam_rec,
        "cyc": mean_of((a - b).abs() for a, b in zip(back, x, strict=True)) * lam_cyc,
        "kl": (mean_of(m**2 for m in mu) + mean_of(m**2 for m in mu_hat)) / 2 * lam_kl,
    }


# %% answer_coupling
def coupling(x, net, *, second=False, bound=1.0):
    m = x.shape[1] // 2
    kept, changed = (range(m, 2 * m), range(m)) if second else (range(m), range(m, 2 * m))
    said = net(torch.stack([x[:, i] for i in kept], 1)).double()
    columns, log_det = {i: x[:, i] for i in kept}, torch.zeros(len(x), dtype=torch.double)
    for place, i in enumerate(changed):
        s = bound * torch.tanh(said[:, m + place] / bound)
        columns[i] = (x[:, i].double() * s.exp() + said[:, place]).to(x.dtype)
        log_det = log_det + s
    return torch.stack([columns[i] for i in range(2 * m)], 1), log_det.to(x.dtype)


# %% answer_coupling_inverse
def coupling_inverse(z, net, *, second=False, bound=1.0):
    m = z.shape[1] // 2
    rows = []
    for row in z:
        kept, changed = (row[m:], row[:m]) if second else (row[:m], row[m:])
        said = net(kept[None])[0]
        s = bound * torch.tanh(said[m:] / bound)
        found = (changed - said[:m]) / s.exp()
        rows.append(torch.cat([found, kept] if second else [kept, found]))
    return torch.stack(rows)


# %% answer_chain
class Chain:
    def __init__(self, layers):
        self.layers = tuple(layers)

    def __call__(self, x):
        parts = [torch.zeros(len(x), dtype=torch.double)]
        for layer in self.layers:
            x, part = layer(x)
            parts.append(part.double())
        return x, torch.stack(parts).sum(0).to(x.dtype)

    def inverse(self, z):
        for k in range(len(self.layers)):
            z = self.layers[len(self.layers) - 1 - k].inverse(z)
        return z


# %% answer_log_likelihood
def log_likelihood(flow, x):
    z, log_det = flow(x)
    z = z.double().reshape(len(x), -1)
    length = sum(column * column for column in z.unbind(1))
    return (log_det - length / 2 - z.shape[1] / 2 * math.log(2 * math.pi)).to(x.dtype)


# %% answer_alignflow_terms
def alignflow_terms(x, y, *, F_X, F_Y, D_X, D_Y, log_likelihood, weight=0.1):
    from copy import deepcopy

    # Copies of the judges: what learns is another's.
    copies = {judge: deepcopy(judge).requires_grad_(False) for judge in (D_X, D_Y)}
    made = {D_Y: F_Y.inverse(F_X(x)[0]), D_X: F_X.inverse(F_Y(y)[0])}

    def off(verdicts, label):
        return torch.stack([((one - label) ** 2).mean() for one in verdicts]).mean() / 2

    terms = {}
    for name, judge, real in (("x", D_X, x), ("y", D_Y, y)):
        terms[f"fool_{name}"] = off(copies[judge](made[judge]), 1)
        terms[f"judge_{name}"] = off(judge(real.detach()), 1) + off(judge(made[judge].detach()), 0)
    for name, flow, real in (("x", F_X, x), ("y", F_Y, y)):
        terms[f"surprise_{name}"] = -weight * sum(log_likelihood(flow, real)) / len(real)
    return terms


# %% answer_turned_pair
def turned_pair(F_X, F_Y, R):
    def there(x):
        return F_Y.inverse(torch.stack([R @ z for z in F_X(x)[0]]))

    def back(y):
        return F_X.inverse(torch.linalg.solve(R, F_Y(y)[0].T).T)

    return there, back


# %% answer_goes_unnoticed
def goes_unnoticed(M):
    rows = M.double()
    return all(
        abs(float(rows[i] @ rows[j]) - (i == j)) < 1e-4 for i in range(len(rows)) for j in range(len(rows))
    )
