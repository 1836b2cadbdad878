"""With second=True the halves come back in the other order.

loses: coupling_value 2
says: Every coordinate keeps its place
"""


# %% answer_coupling
def coupling(x, net, *, second=False, bound=1.0):
    a, b = x.chunk(2, dim=1)
    if second:
        a, b = b, a
    shift, raw = net(a).chunk(2, dim=1)
    scale = bound * torch.tanh(raw / bound)
    b = b * scale.exp() + shift
    return torch.cat([a, b], dim=1), scale.sum(dim=1)
