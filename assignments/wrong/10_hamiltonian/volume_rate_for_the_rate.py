"""The rate at which the logarithm of the volume grows.

loses: floor_rate 1
says: growth of the logarithm of the volume
"""


# %% answer_scaling_rate
def scaling_rate(A, B):
    return (torch.logdet(B) - torch.logdet(A)) / 2
