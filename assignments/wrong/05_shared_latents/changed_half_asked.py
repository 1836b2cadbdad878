"""The inverse asks the net about the half that was changed.

loses: inverse_value 2
says: a half that was changed
"""


# %% answer_coupling_inverse
def coupling_inverse(z, net, *, second=False, bound=1.0):
    a, b = z.chunk(2, dim=1)
    if second:
        a, b = b, a
    shift, raw = net(b).chunk(2, dim=1)
    scale = bound * torch.tanh(raw / bound)
    b = (b - shift) * (-scale).exp()
    return torch.cat([b, a] if second else [a, b], dim=1)
