"""Each turn clears the gradients of the other player and keeps the old ones of its own.

loses: steps_fresh 2
says: the player that is about to move
"""


# %% answer_discriminator_step
def discriminator_step(y, z, *, generator, discriminator, optimiser, loss):
    value = loss(discriminator(y), discriminator(generator(z).detach()))
    generator.zero_grad()
    value.backward()
    optimiser.step()
    return value.item()


# %% answer_generator_step
def generator_step(z, *, generator, discriminator, optimiser, loss):
    value = loss(discriminator(generator(z)))
    value.backward()
    optimiser.step()
    discriminator.zero_grad()
    return value.item()
