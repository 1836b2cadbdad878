"""The path begins after the first step.

loses: flow_path 3
says: begins with x itself
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in velocities:
        states.append(states[-1] + v(states[-1]) / len(velocities))
    return torch.stack(states[1:])
