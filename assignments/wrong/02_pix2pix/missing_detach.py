"""The translation is not detached: the discriminator's loss teaches the generator to be recognised.

loses: loss_detached 2
says: was not detached
"""


# %% answer_discriminator_terms
def discriminator_terms(x, y, *, generator, discriminator):
    real, fake = discriminator(x, y), discriminator(x, generator(x))
    return {"real": F.softplus(-real).mean(), "fake": F.softplus(fake).mean()}
