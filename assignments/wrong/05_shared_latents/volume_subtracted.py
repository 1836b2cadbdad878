"""The log-determinant is subtracted, as if the flow led from the latent space to the domain.

loses: likelihood_value 2, likelihood_density 2
says: The volume has the wrong sign
"""


# %% answer_log_likelihood
def log_likelihood(flow, x):
    z, log_det = flow(x)
    z = z.flatten(1)
    return -log_det - 0.5 * z.square().sum(dim=1) - 0.5 * z.shape[1] * math.log(2 * math.pi)
