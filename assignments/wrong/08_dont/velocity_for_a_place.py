"""What a velocity says takes the place of the sample, and is not added to it.

loses: flow_path 3
says: A velocity is no place
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in velocities:
        states.append(v(states[-1]) / len(velocities))
    return torch.stack(states)
