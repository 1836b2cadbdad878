"""The logarithm of a sigmoid that has become 0 is taken.

loses: loss_judge 2
says: use softplus
"""


# %% answer_judge_loss
def judge_loss(path, y, *, judge):
    real, fake = judge(y), judge(path[-1].detach())
    return -torch.sigmoid(real).log().mean() - (1 - torch.sigmoid(fake)).log().mean()
