"""The finest run is taken for the truth.

loses: leapfrog_order 2
says: The finest run is not the truth
"""


# %% answer_order
def order(flow, *, steps):
    coarse, middle, fine = (flow(k * steps) for k in (1, 2, 4))
    return math.log2((coarse - fine).norm() / (middle - fine).norm())
