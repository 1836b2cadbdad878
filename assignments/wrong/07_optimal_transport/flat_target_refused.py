"""A target without volume is refused, although mass can be pressed together.

loses: gauss_refuses 1
says: that is nothing to refuse
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

    if torch.linalg.eigvalsh(other_covariance)[0] <= 1e-6 * values[-1]:
        raise ValueError("the target is flat")
    root, inverse = power(covariance, 0.5), power(covariance, -0.5)
    A = inverse @ power(root @ other_covariance @ root, 0.5) @ inverse
    return lambda x: other_mean + (x - mean) @ A.T
