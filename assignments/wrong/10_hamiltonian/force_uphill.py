"""The force is the slope of the potential, with a plus.

loses: leapfrog_step 2
says: pushes away
"""


# %% answer_leapfrog
def leapfrog(x, dt, *, kinetic_gradient, potential_gradient):
    q, p = x.chunk(2, dim=1)
    p = p + dt / 2 * potential_gradient(q)
    q = q + dt * kinetic_gradient(p)
    p = p + dt / 2 * potential_gradient(q)
    return torch.cat([q, p], dim=1)
