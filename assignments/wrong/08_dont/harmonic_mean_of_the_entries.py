"""A harmonic mean of the entries, and not of the matrices.

loses: cost_parallel 2
says: It is one of matrices
"""


# %% answer_parallel_sum
def parallel_sum(A, B):
    return 2 / (1 / A + 1 / B)
