"""The judge is shown all states of the path.

loses: loss_judge 2
says: shown all states
"""


# %% answer_judge_loss
def judge_loss(path, y, *, judge):
    real, fake = judge(y), judge(path.flatten(0, 1).detach())
    return nn.functional.softplus(-real).mean() + nn.functional.softplus(fake).mean()
