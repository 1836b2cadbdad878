"""The velocities act in reverse order.

loses: flow_path 3
says: The last velocity came first
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in reversed(velocities):
        states.append(states[-1] + v(states[-1]) / len(velocities))
    return torch.stack(states)
