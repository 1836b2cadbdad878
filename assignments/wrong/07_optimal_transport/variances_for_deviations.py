"""The root in the middle is missing: variances are divided, and not deviations.

loses: gauss_fits 1, gauss_optimal 2
says: is a root missing
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

    inverse = power(covariance, -0.5)
    A = inverse @ other_covariance @ inverse
    return lambda x: other_mean + (x - mean) @ A.T
