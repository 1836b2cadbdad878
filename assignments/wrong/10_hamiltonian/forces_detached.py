"""The forces are cut off from the graph.

loses: leapfrog_laws 1
says: gets no gradient
"""


# %% answer_leapfrog
def leapfrog(x, dt, *, kinetic_gradient, potential_gradient):
    q, p = x.chunk(2, dim=1)
    p = p - dt / 2 * potential_gradient(q).detach()
    q = q + dt * kinetic_gradient(p)
    p = p - dt / 2 * potential_gradient(q).detach()
    return torch.cat([q, p], dim=1)
