"""The translations are not detached: the flow learns to be caught.

loses: loss_judge 2
says: not detached
"""


# %% answer_judge_loss
def judge_loss(path, y, *, judge):
    real, fake = judge(y), judge(path[-1])
    return nn.functional.softplus(-real).mean() + nn.functional.softplus(fake).mean()
