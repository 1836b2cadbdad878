"""The judge is to call translations real.

loses: loss_judge 2
says: The labels are exchanged
"""


# %% answer_judge_loss
def judge_loss(path, y, *, judge):
    real, fake = judge(y), judge(path[-1].detach())
    return nn.functional.softplus(real).mean() + nn.functional.softplus(-fake).mean()
