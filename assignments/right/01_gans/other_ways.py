"""Every answer written in another way that is right: other functions, freezing instead of clearing, medians.

loses: nothing
"""


# %% answer_discriminator_loss
def discriminator_loss(real_logit, fake_logit):
    real = F.binary_cross_entropy_with_logits(real_logit, torch.ones_like(real_logit))
    return real + F.binary_cross_entropy_with_logits(fake_logit, torch.zeros_like(fake_logit))


# %% answer_saturating
def saturating_loss(fake_logit):
    return F.logsigmoid(-fake_logit).mean()


# %% answer_nonsaturating
def nonsaturating_loss(fake_logit):
    return F.binary_cross_entropy_with_logits(fake_logit, torch.ones_like(fake_logit))


# %% answer_discriminator_step
def discriminator_step(y, z, *, generator, discriminator, optimiser, loss):
    with torch.no_grad():
        fake = generator(z)
    discriminator.zero_grad()
    value = loss(discriminator(y), discriminator(fake))
    value.backward()
    optimiser.step()
    return float(value)


# %% answer_generator_step
def generator_step(z, *, generator, discriminator, optimiser, loss):
    discriminator.requires_grad_(False)
    optimiser.zero_grad(set_to_none=False)
    value = loss(discriminator(generator(z)))
    value.backward()
    optimiser.step()
    discriminator.requires_grad_(True)
    return value.detach()


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    y, fake = y.detach(), fake.detach()
    t = torch.rand(y.shape[0], dtype=y.dtype).reshape(-1, *(1 for _ in y.shape[1:])).expand_as(y)
    between = torch.lerp(y, fake, t)
    between.requires_grad = True
    output = critic(between)
    slope = torch.autograd.grad(output, between, grad_outputs=torch.ones_like(output), create_graph=True)[0]
    norm = slope.pow(2).sum(dim=tuple(range(1, slope.ndim))).sqrt()
    return ((norm - 1) ** 2).mean()


# %% answer_diagnose
def diagnose(log):
    end = log[-len(log) // 4 :]

    def middle(key):
        return sorted(row[key] for row in end)[len(end) // 2]

    if middle("modes") >= 6:
        return "healthy"
    return "discriminator won" if middle("d_accuracy") > 15 / 16 + 0.02 else "mode collapse"
