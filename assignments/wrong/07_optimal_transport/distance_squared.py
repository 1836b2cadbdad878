"""The square of the distance.

loses: gauss_distance 2
says: The root is missing
"""


# %% answer_gaussian_wasserstein
def gaussian_wasserstein(source, target):
    (mean, covariance), (other_mean, other_covariance) = source, target

    def power(matrix, exponent):
        values, vectors = torch.linalg.eigh(matrix)
        return vectors @ values.clamp(min=0).pow(exponent).diag() @ vectors.T

    root = power(covariance, 0.5)
    shared = power(root @ other_covariance @ root, 0.5).trace()
    spread = covariance.trace() + other_covariance.trace() - 2 * shared
    return (mean - other_mean).square().sum() + spread
