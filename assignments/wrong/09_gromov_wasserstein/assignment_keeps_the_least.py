"""The least mass is kept.

loses: plan_assignment 1
says: That keeps the least mass
"""


# %% answer_assignment
def assignment(plan):
    from scipy.optimize import linear_sum_assignment

    if plan.shape[0] != plan.shape[1]:
        raise ValueError("not square")
    return torch.from_numpy(linear_sum_assignment(plan.numpy())[1])
