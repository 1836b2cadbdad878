"""One volume for the whole batch.

loses: volume_step 2
says: each point has its own volume
"""


# %% answer_log_volume
def log_volume(step, x):
    jacobian = torch.autograd.functional.jacobian
    found = [jacobian(lambda z: step(z[None])[0], point) for point in x]
    return torch.stack([torch.linalg.slogdet(D)[1] for D in found]).mean()
