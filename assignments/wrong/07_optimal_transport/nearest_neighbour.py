"""Every x goes to its nearest y, whoever goes there as well.

loses: line_partners 2
says: one y is used twice
"""


# %% answer_partners
def partners(x, y):
    if len(x) != len(y):
        raise ValueError("not as many x as y")
    return (x[:, None] - y).abs().argmin(1)
