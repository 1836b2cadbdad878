"""One draw of the noise serves the whole batch.

loses: code_sample 1
says: one draw for the batch moves all codes alike
"""


# %% answer_sample
def sample(mean, log_variance):
    noise = torch.randn_like(mean[:1])
    return mean + (log_variance / 2).exp() * noise
