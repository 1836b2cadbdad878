"""Two whole kicks.

loses: leapfrog_step 2
says: count twice
"""


# %% answer_leapfrog
def leapfrog(x, dt, *, kinetic_gradient, potential_gradient):
    q, p = x.chunk(2, dim=1)
    p = p - dt * potential_gradient(q)
    q = q + dt * kinetic_gradient(p)
    p = p - dt * potential_gradient(q)
    return torch.cat([q, p], dim=1)
