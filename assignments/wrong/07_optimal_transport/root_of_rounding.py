"""Nothing guards the roots against rounding: a Gaussian can be at the distance nan from itself.

loses: gauss_distance 2
says: under the root
"""


# %% answer_gaussian_wasserstein
def gaussian_wasserstein(source, target):
    (mean, covariance), (other_mean, other_covariance) = source, target

    def root(matrix):
        values, vectors = torch.linalg.eigh(matrix)
        return vectors @ values.clamp(min=0).sqrt().diag() @ vectors.T

    half = root(covariance)
    spread = covariance.trace() + other_covariance.trace() - 2 * root(half @ other_covariance @ half).trace()
    return ((mean - other_mean).square().sum() + spread).sqrt()
