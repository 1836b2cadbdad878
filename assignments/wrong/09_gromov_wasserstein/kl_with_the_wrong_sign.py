"""The divergence has the wrong sign.

loses: code_kl 2
says: a divergence is never negative
"""


# %% answer_kl
def kl(mean, log_variance):
    return -(mean**2 + log_variance.exp() - 1 - log_variance).sum(1) / 2
