"""A small number on the diagonal lets a flat source pass.

loses: gauss_refuses 1
says: would only hide it
"""


# %% answer_gaussian_map
def gaussian_map(source, target):
    (mean, covariance), (other_mean, other_covariance) = source, target

    def power(matrix, exponent):
        values, vectors = torch.linalg.eigh(matrix)
        return vectors @ values.clamp(min=0).pow(exponent).diag() @ vectors.T

    covariance = covariance + 1e-12 * torch.eye(len(covariance), dtype=torch.double)
    root = power(covariance, 0.5)
    inverse = torch.linalg.inv(root)
    A = inverse @ power(root @ other_covariance @ root, 0.5) @ inverse
    return lambda x: other_mean + (x - mean) @ A.T
