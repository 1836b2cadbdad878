"""All velocities are asked at the first state.

loses: flow_path 3
says: Both velocities were asked at x_0
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in velocities:
        states.append(states[-1] + v(x) / len(velocities))
    return torch.stack(states)
