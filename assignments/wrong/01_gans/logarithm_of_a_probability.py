"""The probability is formed first and its logarithm taken afterwards: infinite where it was rounded to zero.

loses: discriminator_stability 2
says: Never form the probability
"""


# %% answer_discriminator_loss
def discriminator_loss(real_logit, fake_logit):
    return -torch.log(torch.sigmoid(real_logit)).mean() - torch.log(1 - torch.sigmoid(fake_logit)).mean()
