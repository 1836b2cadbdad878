"""The divergence of the source as it is, as if the identity were always the best.

loses: floor_value 1
says: below your floor
"""


# %% answer_floor
def floor(A, B):
    return (torch.trace(torch.linalg.solve(B, A)) - len(A) - torch.logdet(A) + torch.logdet(B)) / 2
