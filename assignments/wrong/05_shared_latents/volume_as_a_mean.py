"""The log-determinant is a mean over the entries.

loses: coupling_volume 2
says: You took the mean of s
"""


# %% answer_coupling
def coupling(x, net, *, second=False, bound=1.0):
    a, b = x.chunk(2, dim=1)
    if second:
        a, b = b, a
    shift, raw = net(a).chunk(2, dim=1)
    scale = bound * torch.tanh(raw / bound)
    b = b * scale.exp() + shift
    return torch.cat([b, a] if second else [a, b], dim=1), scale.mean(dim=1)
