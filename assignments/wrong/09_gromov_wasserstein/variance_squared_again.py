"""The variance is taken for a deviation.

loses: code_elbo 2
says: and you have squared it again
"""


# %% answer_negative_elbo
def negative_elbo(x, reconstruction, kl, *, variance):
    D = x[0].numel()
    squares = (x - reconstruction).square().flatten(1).sum(1)
    return (squares / (2 * variance**2) + D / 2 * math.log(2 * math.pi * variance**2) + kl).mean()
