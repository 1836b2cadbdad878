"""Euler's step: half kicks, and everything from the old state.

loses: leapfrog_step 2, leapfrog_laws 1
says: whatever disguise
"""


# %% answer_leapfrog
def leapfrog(x, dt, *, kinetic_gradient, potential_gradient):
    q, p = x.chunk(2, dim=1)
    old = p
    p = p - dt / 2 * potential_gradient(q)
    p = p - dt / 2 * potential_gradient(q)
    q = q + dt * kinetic_gradient(old)
    return torch.cat([q, p], dim=1)
