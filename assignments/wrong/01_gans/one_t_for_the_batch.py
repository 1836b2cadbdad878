"""A single t mixes the whole batch.

loses: penalty_between 2
says: draw one for each sample
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    t = torch.rand(1)
    between = (t * y + (1 - t) * fake).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()
