"""The divergence without its half.

loses: code_kl 2
says: The factor ½ is missing
"""


# %% answer_kl
def kl(mean, log_variance):
    return (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
