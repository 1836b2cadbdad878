"""The discriminator is frozen for the generator's turn and never thawed.

loses: steps_leftovers 2
says: never learn again
"""


# %% answer_generator_step
def generator_step(z, *, generator, discriminator, optimiser, loss):
    discriminator.requires_grad_(False)
    value = loss(discriminator(generator(z)))
    optimiser.zero_grad()
    value.backward()
    optimiser.step()
    return value.item()
