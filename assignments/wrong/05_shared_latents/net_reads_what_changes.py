"""The net is shown the half that is changed, so that nothing could be undone.

loses: coupling_value 2, coupling_volume 2
says: shown the half that stays
"""


# %% answer_coupling
def coupling(x, net, *, second=False, bound=1.0):
    a, b = x.chunk(2, dim=1)
    if second:
        a, b = b, a
    shift, raw = net(b).chunk(2, dim=1)
    scale = bound * torch.tanh(raw / bound)
    b = b * scale.exp() + shift
    return torch.cat([b, a] if second else [a, b], dim=1), scale.sum(dim=1)
