"""The loss is given the fakes first and the real batch second.

loses: steps_discriminator 2
says: Real batch first
"""


# %% answer_discriminator_step
def discriminator_step(y, z, *, generator, discriminator, optimiser, loss):
    value = loss(discriminator(generator(z).detach()), discriminator(y))
    optimiser.zero_grad()
    value.backward()
    optimiser.step()
    return value.item()
