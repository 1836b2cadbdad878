"""The path is calculated without gradients.

loses: flow_path 3
says: no gradient passes
"""


# %% answer_flow_path
@torch.no_grad()
def flow_path(x, velocities):
    states = [x]
    for v in velocities:
        states.append(states[-1] + v(states[-1]) / len(velocities))
    return torch.stack(states)
