"""A fixed number is added to the diagonals, whatever the unit of the codes.

loses: cost_parallel 2
says: a share of the mean eigenvalue
"""


# %% answer_parallel_sum
def parallel_sum(A, B):
    little = 1e-6 * torch.eye(len(A), dtype=A.dtype)
    return 2 * torch.linalg.inv(torch.linalg.inv(A + little) + torch.linalg.inv(B + little))
