"""Every answer in another way that is right: one batch for both decodings, masks, distributions, recursion.

loses: nothing
"""


# %% answer_unit_half
def unit_half(x, *, E_X, Dec_X, E_Y, Dec_Y, D_Y, draw, lam_rec=10.0, lam_cyc=10.0, lam_kl=0.01):
    means, codes = [E_X(x)], []
    codes.append(draw(means[0]))
    translation = Dec_Y(codes[0])
    means.append(E_Y(translation))
    codes.append(draw(means[1]))
    home = Dec_X(torch.cat(codes)).chunk(2)
    rec, cyc = (nn.functional.l1_loss(decoded, x) for decoded in home)
    says = D_Y(translation)
    return {
        "kl": lam_kl * torch.stack([torch.linalg.vector_norm(m) ** 2 / m.numel() for m in means]).sum() / 2,
        "rec": lam_rec * rec,
        "cyc": lam_cyc * cyc,
        "fool": nn.functional.mse_loss(says, torch.ones_like(says)) / 2,
    }


# %% answer_coupling
def coupling(x, net, *, second=False, bound=1.0):
    half = x.shape[1] // 2
    stays = torch.arange(2 * half) >= half if second else torch.arange(2 * half) < half
    said = net(x[:, stays])
    log_scale = torch.zeros_like(x)
    log_scale[:, ~stays] = bound * (2 * torch.sigmoid(2 * said[:, half:] / bound) - 1)
    shift = torch.zeros_like(x)
    shift[:, ~stays] = said[:, :half]
    return x * torch.exp(log_scale) + shift, torch.einsum("ij->i", log_scale)


# %% answer_coupling_inverse
def coupling_inverse(z, net, *, second=False, bound=1.0):
    half = z.shape[1] // 2
    stays, changed = (slice(half, None), slice(half)) if second else (slice(half), slice(half, None))
    said = net(z[:, stays])
    x = z.clone()
    x[:, changed] = (z[:, changed] - said[:, :half]) / torch.exp(bound * torch.tanh(said[:, half:] / bound))
    return x


# %% answer_chain
class Chain(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.first = layers[0] if len(layers) else None
        self.rest = Chain(layers[1:]) if len(layers) > 1 else None

    def forward(self, x):
        if self.first is None:
            return x, torch.zeros(x.shape[0], dtype=x.dtype)
        z, log_det = self.first(x)
        if self.rest is None:
            return z, log_det
        end, more = self.rest(z)
        return end, log_det + more

    def inverse(self, z):
        z = z if self.rest is None else self.rest.inverse(z)
        return z if self.first is None else self.first.inverse(z)


# %% answer_log_likelihood
def log_likelihood(flow, x):
    z, log_det = flow(x)
    prior = torch.distributions.Normal(torch.zeros_like(z), 1.0)
    return torch.distributions.Independent(prior, z.ndim - 1).log_prob(z) + log_det


# %% answer_alignflow_terms
def alignflow_terms(x, y, *, F_X, F_Y, D_X, D_Y, log_likelihood, weight=0.1):
    def T(x):
        return F_Y.inverse(F_X(x)[0])

    def S(y):
        return F_X.inverse(F_Y(y)[0])

    learning = [p for judge in (D_X, D_Y) for p in judge.parameters() if p.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    terms = {"fool_x": (1 - D_X(S(y))).pow(2).mean() / 2, "fool_y": (1 - D_Y(T(x))).pow(2).mean() / 2}
    for parameter in learning:
        parameter.requires_grad_(True)
    with torch.no_grad():
        fakes = S(y), T(x)
    for name, judge, real, fake in (("judge_x", D_X, x, fakes[0]), ("judge_y", D_Y, y, fakes[1])):
        terms[name] = ((judge(real) - 1).pow(2).mean() + judge(fake).pow(2).mean()) / 2
    for name, flow, real in (("surprise_x", F_X, x), ("surprise_y", F_Y, y)):
        terms[name] = weight * (-log_likelihood(flow, real)).mean()
    return terms


# %% answer_turned_pair
def turned_pair(F_X, F_Y, R):
    def through(start, end, matrix):
        return lambda v: end.inverse(torch.einsum("ij,nj->ni", matrix, start(v)[0]))

    return through(F_X, F_Y, R), through(F_Y, F_X, torch.linalg.inv(R))


# %% answer_goes_unnoticed
def goes_unnoticed(M):
    return torch.allclose(torch.linalg.svdvals(M), torch.ones(len(M), dtype=M.dtype), atol=1e-4)
