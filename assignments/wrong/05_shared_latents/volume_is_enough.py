"""Whatever keeps volumes is thought to go unnoticed.

loses: turned_unnoticed 1
says: the round heap becomes an ellipse
"""


# %% answer_goes_unnoticed
def goes_unnoticed(M):
    return bool((torch.linalg.det(M).abs() - 1).abs() < 1e-4)
