"""Minus the gradient: downhill in H.

loses: field_value 2, field_gradient 2
says: which goes downhill
"""


# %% answer_hamilton_field
def hamilton_field(H, x):
    if x.shape[1] % 2:
        raise ValueError("no halves")
    with torch.enable_grad():
        point = x if x.requires_grad else x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(H(point).sum(), point, create_graph=True)
    by_q, by_p = slope.chunk(2, dim=1)
    return torch.cat([-by_q, -by_p], dim=1)
