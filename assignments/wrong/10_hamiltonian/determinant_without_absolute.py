"""The logarithm of the determinant with its sign.

loses: volume_step 2
says: take the absolute value first
"""


# %% answer_log_volume
def log_volume(step, x):
    jacobian = torch.autograd.functional.jacobian
    found = [jacobian(lambda z: step(z[None])[0], point) for point in x]
    return torch.stack([torch.logdet(D) for D in found])
