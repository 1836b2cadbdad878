"""Every velocity acts for a whole unit of time.

loses: flow_path 3
says: Δt is missing
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in velocities:
        states.append(states[-1] + v(states[-1]))
    return torch.stack(states)
