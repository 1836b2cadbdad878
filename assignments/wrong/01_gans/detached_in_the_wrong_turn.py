"""The fakes are detached in the generator's own turn, so nothing reaches it.

loses: steps_generator 2
says: cuts the only path
"""


# %% answer_generator_step
def generator_step(z, *, generator, discriminator, optimiser, loss):
    value = loss(discriminator(generator(z).detach()))
    optimiser.zero_grad()
    value.backward()
    optimiser.step()
    discriminator.zero_grad()
    return value.item()
