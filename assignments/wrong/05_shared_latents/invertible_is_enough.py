"""Whatever can be undone is thought to go unnoticed, since the cycle closes.

loses: turned_unnoticed 1
says: twice as wide
"""


# %% answer_goes_unnoticed
def goes_unnoticed(M):
    return bool(torch.linalg.det(M).abs() > 1e-4)
