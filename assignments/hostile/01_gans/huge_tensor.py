"""A tensor larger than the memory allowed costs its own test, and no other.

loses: generator_nonsaturating 2
says: allocate
stopped: memory
"""


# %% answer_nonsaturating
def nonsaturating_loss(fake_logit):
    return torch.zeros(2**16, 2**16).mean()
