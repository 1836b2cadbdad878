"""The coupling a times b: it fits, and it is dear.

loses: line_coupling 2
says: the independent coupling
"""


# %% answer_line_coupling
def line_coupling(x, y, a, b):
    if abs(a.sum() - b.sum()) > 1e-3:
        raise ValueError("the masses differ")
    return a[:, None] * b
