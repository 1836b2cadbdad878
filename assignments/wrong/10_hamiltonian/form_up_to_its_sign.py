"""The sign of the form is thought not to matter.

loses: impostor_form 2, impostor_found 2
says: its sign counts
"""


# %% answer_form_error
def form_error(step, x):
    m = x.shape[1] // 2
    one, none = torch.eye(m).to(x), torch.zeros(m, m).to(x)
    J = torch.cat([torch.cat([none, one], 1), torch.cat([-one, none], 1)])
    jacobian = torch.autograd.functional.jacobian
    return torch.stack(
        [
            torch.minimum((D.T @ J @ D - J).abs().max(), (D.T @ J @ D + J).abs().max())
            for D in (jacobian(lambda z: step(z[None])[0], point) for point in x)
        ]
    )
