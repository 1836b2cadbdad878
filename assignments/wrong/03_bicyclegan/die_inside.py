"""The sample is drawn by torch.normal, through which no gradient passes.

loses: sample_gradient 2
says: throws the die inside
"""


# %% answer_reparameterise
def reparameterise(mean, log_variance):
    return torch.normal(mean, (log_variance / 2).exp())
