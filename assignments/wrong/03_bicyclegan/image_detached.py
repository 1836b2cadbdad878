"""The image is detached: the term moves the encoder, and not the generator.

loses: latent_moves 2, latent_spares 2
says: the image was detached
"""


# %% answer_latent_loss
def latent_loss(x, z, *, generator, encoder):
    mean, _ = encoder(generator(x, z).detach())
    return (z - mean).abs().mean()
