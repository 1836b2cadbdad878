"""Probabilities are handed to a function that expects logits, so the sigmoid is applied twice.

loses: discriminator_value 2, discriminator_stability 2
says: logits rather than probabilities
"""


# %% answer_discriminator_loss
def discriminator_loss(real_logit, fake_logit):
    real, fake = torch.sigmoid(real_logit), torch.sigmoid(fake_logit)
    return F.binary_cross_entropy_with_logits(
        real, torch.ones_like(real)
    ) + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
