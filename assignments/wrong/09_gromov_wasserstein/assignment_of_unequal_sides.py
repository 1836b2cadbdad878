"""A plan that is not square is accepted.

loses: plan_assignment 1
says: have no one-to-one pairing
"""


# %% answer_assignment
def assignment(plan):
    from scipy.optimize import linear_sum_assignment

    return torch.from_numpy(linear_sum_assignment(plan.numpy(), maximize=True)[1])
