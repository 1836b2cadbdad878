"""The saturating loss where the non-saturating one was asked for.

loses: generator_nonsaturating 2
says: log(1 - D), which is, saturates
"""


# %% answer_nonsaturating
def nonsaturating_loss(fake_logit):
    return -F.softplus(fake_logit).mean()
