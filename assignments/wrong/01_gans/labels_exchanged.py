"""Real samples are labelled fake and generated ones real.

loses: discriminator_value 2, discriminator_direction 2, discriminator_stability 2
says: Which batch should D call real
"""


# %% answer_discriminator_loss
def discriminator_loss(real_logit, fake_logit):
    return F.softplus(real_logit).mean() + F.softplus(-fake_logit).mean()
