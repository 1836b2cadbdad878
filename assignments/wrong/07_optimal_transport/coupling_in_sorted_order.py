"""Rows and columns are left in the order of the sorted points.

loses: line_coupling 2
says: in the order in which the points were given
"""


# %% answer_line_coupling
def line_coupling(x, y, a, b):
    if abs(a.sum() - b.sum()) > 1e-3:
        raise ValueError("the masses differ")
    i, j = x.argsort(), y.argsort()
    A, B = a[i].cumsum(0), b[j].cumsum(0)
    overlap = torch.minimum(A[:, None], B) - torch.maximum((A - a[i])[:, None], B - b[j])
    return overlap.clamp(min=0)
