"""The iteration counts as converged where x hardly moves.

loses: back_refuses 2
says: not because it has arrived
"""


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    dt = 1 / len(velocities)
    for v in reversed(velocities):
        x = y
        for _ in range(iterations):
            before = x
            x = x + theta * (y - dt * v(x) - x)
        if not bool(((x - before).abs() <= tolerance).all()):
            raise RuntimeError("a step could not be undone")
        y = x
    return y
