"""Covariances without an inverse are inverted.

loses: cost_parallel 2
says: Add a little to the diagonal first
"""


# %% answer_parallel_sum
def parallel_sum(A, B):
    return 2 * torch.linalg.inv(torch.linalg.inv(A) + torch.linalg.inv(B))
