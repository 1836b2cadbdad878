"""The divergence of the prior from the encoder's Gaussian.

loses: kl_value 3
says: asked for is that of N(0, 4) from the prior
"""


# %% answer_kl_to_prior
def kl_to_prior(mean, log_variance):
    return 0.5 * ((1 + mean.square()) / log_variance.exp() - 1 + log_variance).sum(dim=1).mean()
