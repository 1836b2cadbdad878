"""The noise is multiplied by the variance.

loses: code_sample 1
says: and not by the variance
"""


# %% answer_sample
def sample(mean, log_variance):
    return mean + log_variance.exp() * torch.randn_like(mean)
