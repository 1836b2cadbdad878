"""The determinant, and not its logarithm.

loses: volume_step 2
says: asked for is its logarithm
"""


# %% answer_log_volume
def log_volume(step, x):
    jacobian = torch.autograd.functional.jacobian
    found = [jacobian(lambda z: step(z[None])[0], point) for point in x]
    return torch.stack([torch.det(D).abs() for D in found])
