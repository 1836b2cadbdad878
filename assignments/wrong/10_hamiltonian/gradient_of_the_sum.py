"""The gradient of the sum of all entries is taken for the divergence.

loses: volume_divergence 2
says: the gradient of a sum is no divergence
"""


# %% answer_divergence
def divergence(field, x):
    point = x.detach().requires_grad_()
    return torch.autograd.grad(field(point).sum(), point)[0].sum(1)
