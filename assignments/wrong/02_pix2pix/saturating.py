"""The generator minimises log(1 - D), which has no slope where it is needed.

loses: loss_generator 2
says: That is saturation
"""


# %% answer_generator_terms
def generator_terms(x, y, *, generator, discriminator, weight=100.0):
    fake = generator(x)
    return {"fool": -F.softplus(discriminator(x, fake)).mean(), "l1": weight * (y - fake).abs().mean()}
