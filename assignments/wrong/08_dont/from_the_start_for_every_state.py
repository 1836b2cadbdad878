"""Every state is calculated from the start, so that velocities are asked again and again.

loses: flow_path 3
says: once each is enough
"""


# %% answer_flow_path
def flow_path(x, velocities):
    def state(k):
        here = x
        for v in velocities[:k]:
            here = here + v(here) / len(velocities)
        return here

    return torch.stack([state(k) for k in range(len(velocities) + 1)])
