"""The velocity is asked at the end of the step, once, and nothing is checked.

loses: back_inverse 2, back_refuses 2
says: asked at the end of the step
"""


# %% answer_inverse
def inverse(y, velocities, *, theta=1.0, iterations=500, tolerance=1e-6):
    dt = 1 / len(velocities)
    for v in reversed(velocities):
        x = y - dt * v(y)
        y = x
    return y
