"""The encoder's second answer is taken for log σ.

loses: kl_value 3
says: and not log σ, σ or σ²
"""


# %% answer_kl_to_prior
def kl_to_prior(mean, log_variance):
    return 0.5 * (mean.square() + (2 * log_variance).exp() - 1 - 2 * log_variance).sum(dim=1).mean()
