"""The standard deviation is detached together with the noise: the encoder never learns how sure it should be.

loses: sample_gradient 2
says: how sure it should be
"""


# %% answer_reparameterise
def reparameterise(mean, log_variance):
    with torch.no_grad():
        noise = (log_variance / 2).exp() * torch.randn_like(mean)
    return mean + noise
