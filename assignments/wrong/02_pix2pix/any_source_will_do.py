"""The fake is judged beside the source of another sample.

loses: loss_discriminator 2
says: which pair does the discriminator see
"""


# %% answer_discriminator_terms
def discriminator_terms(x, y, *, generator, discriminator):
    fake = generator(x).detach()
    return {
        "real": F.softplus(-discriminator(x, y)).mean(),
        "fake": F.softplus(discriminator(x.roll(1, dims=0), fake)).mean(),
    }
