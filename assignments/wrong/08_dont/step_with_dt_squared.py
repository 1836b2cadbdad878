"""The step has the time in it twice.

loses: flow_path 3
says: Δt is in it twice
"""


# %% answer_flow_path
def flow_path(x, velocities):
    states = [x]
    for v in velocities:
        states.append(states[-1] + v(states[-1]) / len(velocities) ** 2)
    return torch.stack(states)
