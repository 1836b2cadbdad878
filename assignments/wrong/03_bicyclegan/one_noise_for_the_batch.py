"""One noise vector serves the whole batch.

loses: sample_statistics 2, sample_noise 2
says: the means must be
"""


# %% answer_reparameterise
def reparameterise(mean, log_variance):
    return mean + (log_variance / 2).exp() * torch.randn(mean.shape[1])
