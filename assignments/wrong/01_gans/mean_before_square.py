"""The norms are averaged before the distance from one is taken: steep and flat samples cancel.

loses: penalty_norm 2
says: the mean over the batch comes last
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    t = torch.rand(len(y), *[1] * (y.ndim - 1))
    between = (t * y + (1 - t) * fake).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1).mean() - 1).square()
