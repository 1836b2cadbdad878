"""The two expectations are averaged instead of added, as a binary cross-entropy over both batches does.

loses: discriminator_value 2
says: added, not averaged
"""


# %% answer_discriminator_loss
def discriminator_loss(real_logit, fake_logit):
    logit = torch.cat([real_logit.flatten(), fake_logit.flatten()])
    label = torch.cat([torch.ones(real_logit.numel()), torch.zeros(fake_logit.numel())])
    return F.binary_cross_entropy_with_logits(logit, label)
