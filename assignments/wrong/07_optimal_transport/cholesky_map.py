"""The map made of two Cholesky factors: it fits, and is not the cheapest.

loses: gauss_optimal 2
says: made of two Cholesky factors
"""


# %% answer_gaussian_map
def gaussian_map(source, target):
    (mean, covariance), (other_mean, other_covariance) = source, target
    values = torch.linalg.eigvalsh(covariance)
    if values[0] <= 1e-6 * values[-1]:
        raise ValueError("the source is flat")
    lower = torch.linalg.cholesky(covariance)
    # The factor of a singular target is found by a QR decomposition of its root.
    squares, axes = torch.linalg.eigh(other_covariance)
    other = torch.linalg.qr(squares.clamp(min=0).sqrt()[:, None] * axes.T).R.T
    A = other @ torch.linalg.inv(lower)
    return lambda x: other_mean + (x - mean) @ A.T
