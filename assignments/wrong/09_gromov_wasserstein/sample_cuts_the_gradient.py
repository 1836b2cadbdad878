"""Codes are drawn by a routine through which no gradient passes.

loses: code_sample 1
says: no gradient passes
"""


# %% answer_sample
def sample(mean, log_variance):
    deviation = (log_variance / 2).exp()
    return torch.distributions.Normal(mean, deviation).sample()
