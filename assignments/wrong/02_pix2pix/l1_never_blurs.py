"""The median is believed to be one of the images, whatever they are.

loses: blur_verdict 2
says: l1, texture
"""


# %% answer_impossible
def impossible():
    return {("l2", name) for name in AMBIGUITIES}
