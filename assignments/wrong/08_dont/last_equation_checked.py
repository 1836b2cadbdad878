"""The residual is looked at once, when all steps are done.

loses: back_refuses 2
says: every step has to be checked
"""


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    dt = 1 / len(velocities)
    for v in reversed(velocities):
        x = y
        for _ in range(iterations):
            x = x + theta * (y - dt * v(x) - x)
        target, y = y, x
    if not bool(((target - dt * v(x) - x).abs() <= tolerance).all()):
        raise RuntimeError("a step could not be undone")
    return y
