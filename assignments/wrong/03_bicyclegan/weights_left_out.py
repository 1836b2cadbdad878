"""The terms come without their weights.

loses: hybrid_weights 2, hybrid_codes 2
says: Weights are part of the terms
"""


# %% answer_maker_terms
def maker_terms(x, y, z, *, players, bricks):
    mean, log_variance = players.encoder(y)
    encoded = players.generator(x, bricks.sample(mean, log_variance))
    prior = players.generator(x, z)
    return {
        "fool_encoded": bricks.fool(players.encoded_judge(x, encoded)),
        "l1": (y - encoded).abs().mean(),
        "kl": bricks.kl(mean, log_variance),
        "fool_prior": bricks.fool(players.prior_judge(x, prior)),
        "latent": bricks.latent(x, z, generator=players.generator, encoder=players.encoder),
    }
