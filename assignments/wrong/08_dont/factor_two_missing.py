"""The factor 2 is missing, as for two resistors side by side.

loses: cost_parallel 2
says: The factor 2 is missing
"""


# %% answer_parallel_sum
def parallel_sum(A, B):
    def regular(part):
        return part + 1e-6 * part.trace() / len(part) * torch.eye(len(part), dtype=part.dtype)

    return torch.linalg.inv(torch.linalg.inv(regular(A)) + torch.linalg.inv(regular(B)))
