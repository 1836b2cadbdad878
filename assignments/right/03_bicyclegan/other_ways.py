"""Every answer written in another way that is right: distributions, freezing for a while, one call for all draws.

loses: nothing
"""


# %% answer_reparameterise
def reparameterise(mean, log_variance):
    return torch.distributions.Normal(mean, log_variance.exp().sqrt()).rsample()


# %% answer_kl_to_prior
def kl_to_prior(mean, log_variance):
    code = torch.distributions.Normal(mean, (log_variance / 2).exp())
    prior = torch.distributions.Normal(torch.zeros(()), torch.ones(()))
    return torch.distributions.kl_divergence(code, prior).sum() / len(mean)


# %% answer_latent_loss
def latent_loss(x, z, *, generator, encoder):
    trainable = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
    for parameter in trainable:
        parameter.requires_grad_(False)
    read = encoder(generator(x, z))[0]
    for parameter in trainable:
        parameter.requires_grad_(True)
    return torch.nn.functional.l1_loss(read, z)


# %% answer_maker_terms
def maker_terms(x, y, z, *, players, bricks):
    generator, encoder, encoded_judge, prior_judge = players
    code = encoder(y)
    made = generator(x, bricks.sample(*code))
    terms = {"latent": bricks.latent(x, z, generator=generator, encoder=encoder), "kl": bricks.kl(*code)}
    terms["l1"] = torch.nn.functional.l1_loss(made, y)
    terms["fool_prior"] = bricks.fool(prior_judge(x, generator(x, z)))
    terms["fool_encoded"] = bricks.fool(encoded_judge(x, made))
    weights = {"l1": 10.0, "kl": 0.01, "latent": 0.5}
    return {name: weights.get(name, 1.0) * term for name, term in terms.items()}


# %% answer_judge_terms
def judge_terms(x, y, z, *, players, bricks):
    codes = {"encoded": bricks.sample(*players.encoder(y)), "prior": z}
    judges = {"encoded": players.encoded_judge, "prior": players.prior_judge}
    return {
        name: bricks.judge(judge(x, y), judge(x, players.generator(x, codes[name]).detach()))
        for name, judge in judges.items()
    }


# %% answer_diversity
def diversity(x, codes, *, generator, distance):
    draws, batch = codes.shape[:2]
    if draws == 1:
        raise ValueError("one draw has no pair")
    made = generator(x.repeat(draws, *[1] * (x.ndim - 1)), codes.flatten(0, 1))
    made = made.unflatten(0, (draws, batch))
    total = sum(
        distance(a, b).mean().item() for a in made for b in made
    )  # a pair twice, itself at distance 0
    return total / (draws * (draws - 1))
