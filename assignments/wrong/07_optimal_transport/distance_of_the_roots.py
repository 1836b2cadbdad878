"""The distance of the two roots, which is right for equal axes only.

loses: gauss_distance 2
says: A map is cheaper than your distance
"""


# %% answer_gaussian_wasserstein
def gaussian_wasserstein(source, target):
    (mean, covariance), (other_mean, other_covariance) = source, target

    def power(matrix, exponent):
        values, vectors = torch.linalg.eigh(matrix)
        return vectors @ values.clamp(min=0).pow(exponent).diag() @ vectors.T

    roots = power(covariance, 0.5) - power(other_covariance, 0.5)
    return ((mean - other_mean).square().sum() + roots.square().sum()).sqrt()
