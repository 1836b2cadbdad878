"""Whether the iteration has converged is not asked.

loses: back_refuses 2
says: runs away
"""


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    dt = 1 / len(velocities)
    for v in reversed(velocities):
        x = y
        for _ in range(iterations):
            x = x + theta * (y - dt * v(x) - x)
        y = x
    return y
