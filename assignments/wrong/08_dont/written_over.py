"""Each step writes over the state before it, and over the batch that was given.

loses: flow_path 3
says: one and the same tensor
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in velocities:
        x += v(x) / len(velocities)
        states.append(x)
    return torch.stack(states)
