"""The equation of a step has no time in it.

loses: back_inverse 2
says: Δt is missing in the equation
"""


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    dt = 1
    for v in reversed(velocities):
        x = y
        for _ in range(iterations):
            x = x + theta * (y - dt * v(x) - x)
        if not bool(((y - dt * v(x) - x).abs() <= tolerance).all()):
            raise RuntimeError("a step could not be undone")
        y = x
    return y
