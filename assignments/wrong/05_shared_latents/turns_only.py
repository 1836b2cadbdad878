"""Mirrors are refused, since their determinant is -1.

loses: turned_unnoticed 1
says: a mirror keeps the round heap
"""


# %% answer_goes_unnoticed
def goes_unnoticed(M):
    return bool((M @ M.T - torch.eye(len(M), dtype=M.dtype)).abs().max() < 1e-4 and torch.linalg.det(M) > 0)
