"""The floor is taken for the difference of the entropies.

loses: floor_value 1
says: the difference of the entropies
"""


# %% answer_floor
def floor(A, B):
    return (torch.logdet(B) - torch.logdet(A)).abs() / 2
