"""All mass of the first rows is in one column, which then has too much.

loses: plan_pile 1
says: every column must sum to ¼
"""


# %% answer_pile
def pile(n):
    plan = torch.zeros(n, n)
    plan[:, 0] = 1 / n
    return plan
