"""The whole list acts twice in a row: the same end, by another way.

loses: flow_split 2
says: put behind itself
"""


# %% answer_split
def split(velocities):
    return [*velocities, *velocities]
