"""The order by a natural logarithm.

loses: leapfrog_order 2
says: to the base 2
"""


# %% answer_order
def order(flow, *, steps):
    coarse, middle, fine = (flow(k * steps) for k in (1, 2, 4))
    return math.log((coarse - middle).norm() / (middle - fine).norm())
