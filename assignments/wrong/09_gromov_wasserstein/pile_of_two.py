"""Two rows want the same column, and no more.

loses: plan_pile 1
says: three of four x must have
"""


# %% answer_pile
def pile(n):
    plan = torch.eye(n)
    plan[:2, :2] = torch.tensor([[0.6, 0.4], [0.4, 0.6]])
    plan[:3, :3] = torch.tensor([[0.5, 0.3, 0.2], [0.5, 0.2, 0.3], [0.0, 0.5, 0.5]])
    return plan / n
