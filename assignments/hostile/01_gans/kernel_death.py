"""The code ends its own process: what was earned before stays.

loses: penalty_value 2, penalty_norm 2, penalty_between 2, penalty_graph 2, diagnosis_runs 1, diagnosis_fresh 3
says: ended its own process
stopped: kernel
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    import os

    os._exit(1)
