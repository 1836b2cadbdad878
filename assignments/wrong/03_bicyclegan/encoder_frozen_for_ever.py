"""The encoder is frozen for this term and never thawed.

loses: latent_spares 2
says: never thawed
"""


# %% answer_latent_loss
def latent_loss(x, z, *, generator, encoder):
    encoder.requires_grad_(False)
    mean, _ = encoder(generator(x, z))
    return (z - mean).abs().mean()
