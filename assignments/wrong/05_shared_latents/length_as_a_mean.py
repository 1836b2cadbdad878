"""The length of a code is a mean over its entries.

loses: likelihood_value 2, likelihood_density 2
says: sums of squares, not means
"""


# %% answer_log_likelihood
def log_likelihood(flow, x):
    z, log_det = flow(x)
    z = z.flatten(1)
    return log_det - 0.5 * z.square().mean(dim=1) - 0.5 * z.shape[1] * math.log(2 * math.pi)
