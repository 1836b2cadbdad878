"""Only slopes above one are fined.

loses: penalty_value 2
says: It is two-sided
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    t = torch.rand(len(y), *[1] * (y.ndim - 1))
    between = (t * y + (1 - t) * fake).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).clamp(min=0).square().mean()
