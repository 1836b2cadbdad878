"""A source is called flat when an eigenvalue is below a fixed number.

loses: gauss_refuses 1
says: and not with a fixed number
"""


# %% answer_gaussian_map
def gaussian_map(source, target):
    (mean, covariance), (other_mean, other_covariance) = source, target

    def power(matrix, exponent):
        values, vectors = torch.linalg.eigh(matrix)
        return vectors @ values.clamp(min=0).pow(exponent).diag() @ vectors.T

    if torch.linalg.eigvalsh(covariance)[0] <= 1e-6:
        raise ValueError("the source is flat")
    root, inverse = power(covariance, 0.5), power(covariance, -0.5)
    A = inverse @ power(root @ other_covariance @ root, 0.5) @ inverse
    return lambda x: other_mean + (x - mean) @ A.T
