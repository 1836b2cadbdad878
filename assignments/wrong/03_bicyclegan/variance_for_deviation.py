"""exp(log σ²) is taken for the standard deviation.

loses: sample_statistics 2
says: exp(log σ²) is the variance
"""


# %% answer_reparameterise
def reparameterise(mean, log_variance):
    return mean + log_variance.exp() * torch.randn_like(mean)
