"""Uniform noise with the right mean and deviation.

loses: sample_statistics 2
says: Was the noise uniform
"""


# %% answer_reparameterise
def reparameterise(mean, log_variance):
    noise = (2 * torch.rand_like(mean) - 1) * math.sqrt(3)
    return mean + (log_variance / 2).exp() * noise
