"""The root is taken of every entry of a matrix.

loses: gauss_fits 1, gauss_optimal 2
says: not the matrix of the roots of its entries
"""


# %% answer_gaussian_map
def gaussian_map(source, target):
    (mean, covariance), (other_mean, other_covariance) = source, target
    values = torch.linalg.eigvalsh(covariance)
    if values[0] <= 1e-6 * values[-1]:
        raise ValueError("the source is flat")
    root = covariance.clamp(min=0).sqrt()
    inverse = torch.linalg.pinv(root)
    A = inverse @ (root @ other_covariance @ root).clamp(min=0).sqrt() @ inverse
    return lambda x: other_mean + (x - mean) @ A.T
