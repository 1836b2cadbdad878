"""The Gaussian's normaliser is missing: nothing that a gradient would see, but no density.

loses: likelihood_value 2, likelihood_density 2
says: normaliser is missing
"""


# %% answer_log_likelihood
def log_likelihood(flow, x):
    z, log_det = flow(x)
    z = z.flatten(1)
    return log_det - 0.5 * z.square().sum(dim=1)
