"""The matrix of the way back.

loses: gauss_fits 1, gauss_optimal 2
says: from the target to the source
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

    root, inverse = power(other_covariance, 0.5), torch.linalg.pinv(power(other_covariance, 0.5))
    A = inverse @ power(root @ covariance @ root, 0.5) @ inverse
    return lambda x: other_mean + (x - mean) @ A.T
