"""The time of a step is one by the number of states.

loses: flow_path 3
says: not that of the states
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in velocities:
        states.append(states[-1] + v(states[-1]) / (len(velocities) + 1))
    return torch.stack(states)
