"""The term as it stands in the evidence bound, which is maximised.

loses: kl_value 3
says: never negative
"""


# %% answer_kl_to_prior
def kl_to_prior(mean, log_variance):
    return 0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(dim=1).mean()
