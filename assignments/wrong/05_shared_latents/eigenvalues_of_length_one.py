"""Whatever has eigenvalues of length one is thought to go unnoticed: a shear has.

loses: turned_unnoticed 1
says: a shear keeps volumes
"""


# %% answer_goes_unnoticed
def goes_unnoticed(M):
    return bool((torch.linalg.eigvals(M).abs() - 1).abs().max() < 1e-4)
