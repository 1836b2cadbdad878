"""The divergence is averaged over the dimensions of the code, as F.mse_loss would.

loses: kl_reduction 2
says: you took the mean over them
"""


# %% answer_kl_to_prior
def kl_to_prior(mean, log_variance):
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
