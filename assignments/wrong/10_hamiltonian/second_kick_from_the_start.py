"""The second half of the kick takes the force of the old position.

loses: leapfrog_step 2, leapfrog_laws 1
says: where it is by then
"""


# %% answer_leapfrog
def leapfrog(x, dt, *, kinetic_gradient, potential_gradient):
    q, p = x.chunk(2, dim=1)
    force = -potential_gradient(q)
    p = p + dt / 2 * force
    q = q + dt * kinetic_gradient(p)
    p = p + dt / 2 * force
    return torch.cat([q, p], dim=1)
