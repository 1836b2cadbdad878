"""The residual is asked whether it is larger than the tolerance, and nan never is.

loses: back_refuses 2
says: nan > tolerance is False
"""


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    dt = 1 / len(velocities)
    for v in reversed(velocities):
        x = y
        for _ in range(iterations):
            x = x + theta * (y - dt * v(x) - x)
        if bool(((y - dt * v(x) - x).abs() > tolerance).any()):
            raise RuntimeError("a step could not be undone")
        y = x
    return y
