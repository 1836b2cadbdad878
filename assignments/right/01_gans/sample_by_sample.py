"""Everything sample by sample, in double precision, and with a generator of its own for the random numbers.

loses: nothing
"""


# %% answer_discriminator_loss
def discriminator_loss(real_logit, fake_logit):
    real = [torch.logaddexp(-a, torch.zeros_like(a)) for a in real_logit.double().flatten()]
    fake = [torch.logaddexp(a, torch.zeros_like(a)) for a in fake_logit.double().flatten()]
    return sum(real) / len(real) + sum(fake) / len(fake)


# %% answer_saturating
def saturating_loss(fake_logit):
    a = fake_logit.double().reshape(-1)
    return -sum(torch.logaddexp(one, torch.zeros_like(one)) for one in a) / len(a)


# %% answer_nonsaturating
def nonsaturating_loss(fake_logit):
    return saturating_loss(fake_logit) - fake_logit.double().mean() + 2 * -saturating_loss(fake_logit)


# %% answer_discriminator_step
def discriminator_step(y, z, *, generator, discriminator, optimiser, loss):
    with torch.no_grad():
        fake = torch.cat([generator(one) for one in z.split(1)])
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    value = loss(
        torch.cat([discriminator(one) for one in y.split(1)]),
        torch.cat([discriminator(one) for one in fake.split(1)]),
    )
    for parameter, slope in zip(parameters, torch.autograd.grad(value, parameters), strict=True):
        parameter.grad = slope
    optimiser.step()
    optimiser.zero_grad()
    return value.detach().double().numpy().item()


# %% answer_generator_step
def generator_step(z, *, generator, discriminator, optimiser, loss):
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    value = loss(torch.cat([discriminator(generator(one)) for one in z.split(1)]))
    for parameter, slope in zip(parameters, torch.autograd.grad(value, parameters), strict=True):
        parameter.grad = slope
    optimiser.step()
    return value.item()


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    own = torch.Generator()
    own.seed()
    total = 0
    for real, made in zip(y.detach().split(1), fake.detach().split(1), strict=True):
        t = torch.rand((), generator=own, dtype=torch.float64).item()
        between = (real + (1 - t) * (made - real)).requires_grad_(True)
        (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
        total = total + (torch.linalg.vector_norm(slope.double()) - 1) ** 2
    return total / len(y)


# %% answer_diagnose
def diagnose(log):
    rows = sorted(log, key=lambda row: row["step"])
    end = rows[-max(1, len(rows) // 4) :]
    won = sum(row["d_accuracy"] > 0.96 for row in end)
    if 2 * won > len(end):
        return "discriminator won"
    covered = sum(row["modes"] >= 6 for row in end)
    return "healthy" if 2 * covered > len(end) else "mode collapse"
