"""The source is made round and the target out of the round one: the product of two roots.

loses: gauss_optimal 2
says: It is not symmetric
"""


# %% answer_gaussian_map
def gaussian_map(source, target):
    (mean, covariance), (other_mean, other_covariance) = source, target
    values = torch.linalg.eigvalsh(covariance)
    if values[0] <= 1e-6 * values[-1]:
        raise ValueError("the source is flat")

    def power(matrix, exponent):
        values, vectors = torch.linalg.eigh(matrix)
        return vectors @ values.clamp(min=0).pow(exponent).diag() @ vectors.T

    A = power(other_covariance, 0.5) @ power(covariance, -0.5)
    return lambda x: other_mean + (x - mean) @ A.T
