"""Both of the generator's losses reward it for being recognised.

loses: generator_saturating 2, generator_nonsaturating 2
says: its sign turned
"""


# %% answer_saturating
def saturating_loss(fake_logit):
    return F.softplus(fake_logit).mean()


# %% answer_nonsaturating
def nonsaturating_loss(fake_logit):
    return -F.softplus(-fake_logit).mean()
