"""The latent regression trains the encoder as well.

loses: latent_spares 2
says: hide the code in the image
"""


# %% answer_latent_loss
def latent_loss(x, z, *, generator, encoder):
    mean, _ = encoder(generator(x, z))
    return (z - mean).abs().mean()
