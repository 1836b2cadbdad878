"""A step half as long gets half the velocity.

loses: flow_split 2
says: The velocities were halved
"""


# %% answer_split
def split(velocities):
    return [lambda x, v=v: v(x) / 2 for v in velocities for _ in range(2)]
