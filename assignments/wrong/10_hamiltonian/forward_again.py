"""The way back goes forward.

loses: back_same 2
says: went on forward
"""


# %% answer_back
def back(step, y, *, steps):
    for _ in range(steps):
        y = step(y, 1 / steps)
    return y
