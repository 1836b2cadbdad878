"""The noise is uniform, with the right mean and variance.

loses: code_sample 1
says: the noise must be Gaussian
"""


# %% answer_sample
def sample(mean, log_variance):
    noise = math.sqrt(12) * (torch.rand_like(mean) - 0.5)
    return mean + (log_variance / 2).exp() * noise
