"""The overflow is hidden by a small number inside the logarithm, which removes the gradient as well.

loses: discriminator_stability 2
says: removes the gradient
"""


# %% answer_discriminator_loss
def discriminator_loss(real_logit, fake_logit):
    small = 1e-8
    real, fake = torch.sigmoid(real_logit), torch.sigmoid(fake_logit)
    return -torch.log(real + small).mean() - torch.log(1 - fake + small).mean()
