"""The naive way back has no time in it.

loses: back_naive 1
says: Δt is missing
"""


# %% answer_naive_inverse
def naive_inverse(y, velocities):
    for v in reversed(velocities):
        y = y - v(y)
    return y
