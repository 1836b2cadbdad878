"""The arithmetic mean of the covariances.

loses: cost_parallel 2
says: That is the arithmetic mean
"""


# %% answer_parallel_sum
def parallel_sum(A, B):
    return (A + B) / 2
