"""The divergence forgets the means.

loses: code_kl 2
says: The means are missing
"""


# %% answer_kl
def kl(mean, log_variance):
    return (log_variance.exp() - 1 - log_variance).sum(1) / 2
