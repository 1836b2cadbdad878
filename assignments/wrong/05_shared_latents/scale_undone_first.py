"""The inverse undoes the scale before the shift.

loses: inverse_value 2
says: the shift came last, so it goes first
"""


# %% answer_coupling_inverse
def coupling_inverse(z, net, *, second=False, bound=1.0):
    a, b = z.chunk(2, dim=1)
    if second:
        a, b = b, a
    shift, raw = net(a).chunk(2, dim=1)
    scale = bound * torch.tanh(raw / bound)
    b = b * (-scale).exp() - shift
    return torch.cat([b, a] if second else [a, b], dim=1)
