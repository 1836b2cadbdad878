"""Nobody clears the old gradients, so every step repeats all earlier ones.

loses: steps_fresh 2
says: backward() adds to what is there
"""


# %% answer_discriminator_step
def discriminator_step(y, z, *, generator, discriminator, optimiser, loss):
    value = loss(discriminator(y), discriminator(generator(z).detach()))
    value.backward()
    optimiser.step()
    return value.item()
