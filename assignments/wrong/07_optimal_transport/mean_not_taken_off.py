"""A is applied to x, without taking the source's mean off first.

loses: gauss_fits 1
says: take it off first
"""


# %% answer_gaussian_map
def gaussian_map(source, target):
    (_, covariance), (other_mean, other_covariance) = source, target
    values = torch.linalg.eigvalsh(covariance)
    if values[0] <= 1e-6 * values[-1]:
        raise ValueError("the source is flat")

    def power(matrix, exponent):
        values, vectors = torch.linalg.eigh(matrix)
        return vectors @ values.clamp(min=0).pow(exponent).diag() @ vectors.T

    root, inverse = power(covariance, 0.5), power(covariance, -0.5)
    A = inverse @ power(root @ other_covariance @ root, 0.5) @ inverse
    return lambda x: other_mean + x @ A.T
