"""The norm goes over the first axis of a sample only, which is right for points and wrong for images.

loses: penalty_norm 2
says: channels, rows and columns together
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    t = torch.rand(len(y), *[1] * (y.ndim - 1))
    between = (t * y + (1 - t) * fake).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.norm(dim=1) - 1).square().mean()
