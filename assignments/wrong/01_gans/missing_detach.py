"""The fakes are not detached: the discriminator's loss leaves a gradient in the generator.

loses: steps_leftovers 2
says: not detached
"""


# %% answer_discriminator_step
def discriminator_step(y, z, *, generator, discriminator, optimiser, loss):
    value = loss(discriminator(y), discriminator(generator(z)))
    optimiser.zero_grad()
    value.backward()
    optimiser.step()
    return value.item()
