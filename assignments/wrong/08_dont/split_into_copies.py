"""The second half of each step is a copy, and does not learn along.

loses: flow_split 2
says: and no copies
"""


# %% answer_split
def split(velocities):
    import copy

    return [copy.deepcopy(v) for v in velocities for _ in range(2)]
