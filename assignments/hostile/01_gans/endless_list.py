"""A list that grows until no memory is left costs its own test, and no other.

loses: generator_nonsaturating 2
says: MemoryError
stopped: memory
"""


# %% answer_nonsaturating
def nonsaturating_loss(fake_logit):
    everything = []
    while True:
        everything.append(bytes(10_000_000))
