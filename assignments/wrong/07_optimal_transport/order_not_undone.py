"""The order of the x is applied a second time instead of being undone.

loses: line_partners 2
says: The order of the x has to be undone
"""


# %% answer_partners
def partners(x, y):
    if len(x) != len(y):
        raise ValueError("not as many x as y")
    return y.argsort()[x.argsort()]
