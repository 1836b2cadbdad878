"""J as if every position stood beside its momentum.

loses: impostor_form 2, impostor_found 2
says: all positions first
"""


# %% answer_form_error
def form_error(step, x):
    m = x.shape[1] // 2
    J = torch.block_diag(*[torch.tensor([[0.0, 1.0], [-1.0, 0.0]]).to(x)] * m)
    jacobian = torch.autograd.functional.jacobian
    return torch.stack(
        [(D.T @ J @ D - J).abs().max() for D in (jacobian(lambda z: step(z[None])[0], point) for point in x)]
    )
