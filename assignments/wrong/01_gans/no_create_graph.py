"""The gradient is taken without create_graph, so the critic learns nothing from the penalty.

loses: penalty_graph 2
says: without create_graph=True
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    t = torch.rand(len(y), *[1] * (y.ndim - 1))
    between = (t * y + (1 - t) * fake).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()
