"""First come, first served.

loses: plan_assignment 1
says: first come, first served
"""


# %% answer_assignment
def assignment(plan):
    if plan.shape[0] != plan.shape[1]:
        raise ValueError("not square")
    left, found = plan.clone(), []
    for i in range(len(plan)):
        found.append(int(left[i].argmax()))
        left[:, found[-1]] = -1
    return torch.tensor(found)
