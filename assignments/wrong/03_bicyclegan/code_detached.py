"""The encoded code is detached: the reconstruction cannot teach the encoder what a code must say.

loses: hybrid_moves 2
says: do not detach the code
"""


# %% answer_maker_terms
def maker_terms(x, y, z, *, players, bricks):
    mean, log_variance = players.encoder(y)
    encoded = players.generator(x, bricks.sample(mean, log_variance).detach())
    prior = players.generator(x, z)
    return {
        "fool_encoded": bricks.fool(players.encoded_judge(x, encoded)),
        "l1": 10 * (y - encoded).abs().mean(),
        "kl": 0.01 * bricks.kl(mean, log_variance),
        "fool_prior": bricks.fool(players.prior_judge(x, prior)),
        "latent": 0.5 * bricks.latent(x, z, generator=players.generator, encoder=players.encoder),
    }
