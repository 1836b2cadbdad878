"""The naive way back undoes the first step first.

loses: back_naive 1
says: The first step was undone first
"""


# %% answer_naive_inverse
def naive_inverse(y, velocities):
    for v in velocities:
        y = y - v(y) / len(velocities)
    return y
