"""A loop that never ends costs its own test, and no other.

loses: generator_saturating 2
says: ran longer than
stopped: time
"""


# %% answer_saturating
def saturating_loss(fake_logit):
    while True:
        pass
