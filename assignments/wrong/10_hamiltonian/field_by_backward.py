"""The gradient is taken by backward(), which fills every .grad there is.

loses: field_gradient 2
says: left in the .grad
"""


# %% answer_hamilton_field
def hamilton_field(H, x):
    if x.shape[1] % 2:
        raise ValueError("no halves")
    with torch.enable_grad():
        point = x.detach().clone().requires_grad_()
        H(point).sum().backward(create_graph=True)
    by_q, by_p = point.grad.chunk(2, dim=1)
    return torch.cat([by_p, -by_q], dim=1)
