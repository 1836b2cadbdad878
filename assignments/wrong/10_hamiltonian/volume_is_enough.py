"""A determinant of 1 is taken for symplectic.

loses: impostor_found 2
says: volume is not enough
"""


# %% answer_genuine
def genuine(steps, x, *, tolerance):
    J = torch.zeros(x.shape[1], x.shape[1]).to(x)
    m = x.shape[1] // 2
    J[:m, m:], J[m:, :m] = torch.eye(m), -torch.eye(m)

    def error(step, point):
        D = torch.autograd.functional.jacobian(lambda z: step(z[None])[0], point)
        return D.det().abs().log().abs()

    return {name for name, step in steps.items() if all(error(step, point) <= tolerance for point in x)}
