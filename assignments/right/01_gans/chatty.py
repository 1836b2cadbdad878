"""A right answer that prints, warns and writes to the error stream: noise costs no points.

loses: nothing
"""

# %% answer_discriminator_loss
import sys
import warnings


def discriminator_loss(real_logit, fake_logit):
    warnings.warn("are you sure?", stacklevel=1)
    print("real:", real_logit.mean(), file=sys.stderr)
    print("fake:", fake_logit.mean())
    return F.softplus(-real_logit).mean() + F.softplus(fake_logit).mean()
