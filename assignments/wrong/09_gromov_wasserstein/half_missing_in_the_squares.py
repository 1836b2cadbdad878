"""The squares have no half.

loses: code_elbo 2
says: ½ is missing in front of the squares
"""


# %% answer_negative_elbo
def negative_elbo(x, reconstruction, kl, *, variance):
    D = x[0].numel()
    squares = (x - reconstruction).square().flatten(1).sum(1)
    return (squares / variance + D / 2 * math.log(2 * math.pi * variance) + kl).mean()
