"""The points between are not detached: the critic's penalty reaches the fakes.

loses: penalty_graph 2
says: into the real samples
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    t = torch.rand(len(y), *[1] * (y.ndim - 1))
    between = (t * y + (1 - t) * fake).requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()
