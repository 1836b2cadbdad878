"""The discriminator's loss with its sign turned round: it descends towards being wrong.

loses: discriminator_value 2, discriminator_direction 2
says: Is the sign right
"""


# %% answer_discriminator_loss
def discriminator_loss(real_logit, fake_logit):
    return F.logsigmoid(real_logit).mean() + F.logsigmoid(-fake_logit).mean()
