"""Every step takes the whole time.

loses: leapfrog_path 1
says: each of them a part of it
"""


# %% answer_path
def path(step, x, *, time, steps):
    states = [x]
    for _ in range(steps):
        states.append(step(states[-1], time))
    return torch.stack(states)
