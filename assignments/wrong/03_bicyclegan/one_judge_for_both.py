"""The first judge is asked about both cycles.

loses: hybrid_codes 2, hybrid_moves 2
says: The first judge was asked
"""


# %% answer_maker_terms
def maker_terms(x, y, z, *, players, bricks):
    mean, log_variance = players.encoder(y)
    encoded = players.generator(x, bricks.sample(mean, log_variance))
    prior = players.generator(x, z)
    return {
        "fool_encoded": bricks.fool(players.encoded_judge(x, encoded)),
        "l1": 10 * (y - encoded).abs().mean(),
        "kl": 0.01 * bricks.kl(mean, log_variance),
        "fool_prior": bricks.fool(players.encoded_judge(x, prior)),
        "latent": 0.5 * bricks.latent(x, z, generator=players.generator, encoder=players.encoder),
    }
