"""The divergence of the prior from the codes.

loses: code_kl 2
says: the other way round
"""


# %% answer_kl
def kl(mean, log_variance):
    return (log_variance + (1 + mean**2) / log_variance.exp() - 1).sum(1) / 2
