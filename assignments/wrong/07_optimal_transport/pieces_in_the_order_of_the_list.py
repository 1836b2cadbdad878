"""The masses are laid side by side as they come, and not by value.

loses: line_coupling 2
says: and not in that of the list
"""


# %% answer_line_coupling
def line_coupling(x, y, a, b):
    if abs(a.sum() - b.sum()) > 1e-3:
        raise ValueError("the masses differ")
    A, B = a.cumsum(0), b.cumsum(0)
    overlap = torch.minimum(A[:, None], B) - torch.maximum((A - a)[:, None], B - b)
    return overlap.clamp(min=0)
