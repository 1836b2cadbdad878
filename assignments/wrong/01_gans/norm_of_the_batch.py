"""One norm is taken over the whole batch.

loses: penalty_value 2, penalty_norm 2, penalty_graph 2
says: One norm per sample
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    t = torch.rand(len(y), *[1] * (y.ndim - 1))
    between = (t * y + (1 - t) * fake).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.norm() - 1).square()
