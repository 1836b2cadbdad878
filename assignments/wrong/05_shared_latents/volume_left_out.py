"""Only the Gaussian of the code counts, so that the likeliest flow would shrink everything to a point.

loses: likelihood_value 2, likelihood_density 2
says: The volume is missing
"""


# %% answer_log_likelihood
def log_likelihood(flow, x):
    z = flow(x)[0]
    z = z.flatten(1)
    return -0.5 * z.square().sum(dim=1) - 0.5 * z.shape[1] * math.log(2 * math.pi)
