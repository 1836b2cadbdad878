"""The shift comes before the scale, and is stretched with it.

loses: coupling_value 2
says: Scale first
"""


# %% answer_coupling
def coupling(x, net, *, second=False, bound=1.0):
    a, b = x.chunk(2, dim=1)
    if second:
        a, b = b, a
    shift, raw = net(a).chunk(2, dim=1)
    scale = bound * torch.tanh(raw / bound)
    b = (b + shift) * scale.exp()
    return torch.cat([b, a] if second else [a, b], dim=1), scale.sum(dim=1)
