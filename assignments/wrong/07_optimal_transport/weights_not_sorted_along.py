"""The points are sorted, their weights stay where they were.

loses: line_coupling 2
says: has to be sorted along with it
"""


# %% answer_line_coupling
def line_coupling(x, y, a, b):
    if abs(a.sum() - b.sum()) > 1e-3:
        raise ValueError("the masses differ")
    i, j = x.argsort(), y.argsort()
    A, B = a.cumsum(0), b.cumsum(0)
    overlap = torch.minimum(A[:, None], B) - torch.maximum((A - a)[:, None], B - b)
    coupling = torch.zeros(len(x), len(y))
    coupling[i[:, None], j] = overlap.clamp(min=0)
    return coupling
