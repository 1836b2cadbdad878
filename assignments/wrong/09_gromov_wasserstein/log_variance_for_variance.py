"""The logarithm of the variance is taken for the variance.

loses: code_kl 2
says: take its exponential
"""


# %% answer_kl
def kl(mean, log_variance):
    return (mean**2 + log_variance - 1 - log_variance.log()).sum(1) / 2
