"""The product of the diagonal is taken for the determinant.

loses: volume_step 2
says: beside the diagonal count
"""


# %% answer_log_volume
def log_volume(step, x):
    jacobian = torch.autograd.functional.jacobian
    found = [jacobian(lambda z: step(z[None])[0], point) for point in x]
    return torch.stack([D.diagonal().abs().log().sum() for D in found])
