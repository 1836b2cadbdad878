"""A pseudo-inverse stands for the inverse where there is none.

loses: cost_parallel 2
says: as if it were infinite
"""


# %% answer_parallel_sum
def parallel_sum(A, B):
    return 2 * torch.linalg.pinv(torch.linalg.pinv(A) + torch.linalg.pinv(B))
