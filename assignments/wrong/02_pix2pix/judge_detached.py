"""The discriminator's own output for fakes is detached, so that it never learns what a fake looks like.

loses: loss_detached 2
says: where only its input must be
"""


# %% answer_discriminator_terms
def discriminator_terms(x, y, *, generator, discriminator):
    real, fake = discriminator(x, y), discriminator(x, generator(x)).detach()
    return {"real": F.softplus(-real).mean(), "fake": F.softplus(fake).mean()}
