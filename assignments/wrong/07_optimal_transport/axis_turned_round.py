"""A symmetric map that fits, with a negative eigenvalue.

loses: gauss_optimal 2
says: an eigenvalue is negative
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

    root, inverse = power(covariance, 0.5), power(covariance, -0.5)
    squares, axes = torch.linalg.eigh(root @ other_covariance @ root)
    signs = torch.ones_like(squares)
    signs[0] = -1
    A = inverse @ axes @ (signs * squares.clamp(min=0).sqrt()).diag() @ axes.T @ inverse
    return lambda x: other_mean + (x - mean) @ A.T
