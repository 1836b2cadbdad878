"""The residual of the first sample is taken for that of all.

loses: back_refuses 2
says: x + x² is never -1
"""


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    dt = 1 / len(velocities)
    for v in reversed(velocities):
        x = y
        for _ in range(iterations):
            x = x + theta * (y - dt * v(x) - x)
        if not bool(((y - dt * v(x) - x)[0].abs() <= tolerance).all()):
            raise RuntimeError("a step could not be undone")
        y = x
    return y
