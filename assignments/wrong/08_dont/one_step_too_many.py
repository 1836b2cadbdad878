"""The last velocity acts once more.

loses: flow_path 3
says: K velocities make K steps
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in [*velocities, velocities[-1]]:
        states.append(states[-1] + v(states[-1]) / len(velocities))
    return torch.stack(states)
