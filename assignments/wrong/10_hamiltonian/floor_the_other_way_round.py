"""The divergence of the target from the image.

loses: floor_value 1
says: the other way round
"""


# %% answer_floor
def floor(A, B):
    log_c = (torch.logdet(B) - torch.logdet(A)) / len(A)
    return len(A) / 2 * (log_c.exp() - 1 - log_c)
