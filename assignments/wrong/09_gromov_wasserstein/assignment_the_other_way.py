"""The place of the x for each y.

loses: plan_assignment 1
says: to each x its y
"""


# %% answer_assignment
def assignment(plan):
    from scipy.optimize import linear_sum_assignment

    if plan.shape[0] != plan.shape[1]:
        raise ValueError("not square")
    rows, columns = linear_sum_assignment(plan.numpy(), maximize=True)
    return torch.from_numpy(rows[columns.argsort()])
