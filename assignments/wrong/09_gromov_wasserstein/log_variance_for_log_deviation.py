"""The logarithm of the variance is taken for that of the deviation.

loses: code_kl 2
says: it is log σ²
"""


# %% answer_kl
def kl(mean, log_variance):
    return (mean**2 + (2 * log_variance).exp() - 1 - 2 * log_variance).sum(1) / 2
