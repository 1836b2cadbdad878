"""Each step begins at a detached state, so that only the last velocity learns.

loses: flow_path 3
says: some velocity learns nothing
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in velocities:
        states.append(states[-1].detach() + v(states[-1].detach()) / len(velocities))
    return torch.stack(states)
