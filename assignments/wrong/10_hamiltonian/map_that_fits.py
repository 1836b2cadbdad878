"""The map that fits exactly, which changes volume.

loses: floor_map 1
says: What fits exactly is not allowed
"""


# %% answer_best_map
def best_map(A, B):
    return torch.linalg.cholesky(B) @ torch.linalg.inv(torch.linalg.cholesky(A))
