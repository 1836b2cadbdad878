"""The iteration is the plain one, whatever theta is.

loses: back_inverse 2, back_refuses 2
says: Was theta asked
"""


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    dt = 1 / len(velocities)
    for v in reversed(velocities):
        x = y
        for _ in range(iterations):
            x = x + (y - dt * v(x) - x)
        if not bool(((y - dt * v(x) - x).abs() <= tolerance).all()):
            raise RuntimeError("a step could not be undone")
        y = x
    return y
