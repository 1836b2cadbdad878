"""The generator's turn leaves its gradient in the discriminator.

loses: steps_leftovers 2
says: after the generator's turn the discriminator carries a gradient
"""


# %% answer_generator_step
def generator_step(z, *, generator, discriminator, optimiser, loss):
    value = loss(discriminator(generator(z)))
    optimiser.zero_grad()
    value.backward()
    optimiser.step()
    return value.item()
