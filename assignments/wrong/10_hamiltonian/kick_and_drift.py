"""A whole kick and a whole drift: order 1.

loses: leapfrog_step 2, leapfrog_laws 1
says: not symmetric
"""


# %% answer_leapfrog
def leapfrog(x, dt, *, kinetic_gradient, potential_gradient):
    q, p = x.chunk(2, dim=1)
    p = p - dt * potential_gradient(q)
    q = q + dt * kinetic_gradient(p)
    return torch.cat([q, p], dim=1)
