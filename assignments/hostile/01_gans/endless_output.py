"""A loop that prints for ever: the kernel is ended, and what was earned before stays.

loses: penalty_value 2, penalty_norm 2, penalty_between 2, penalty_graph 2, diagnosis_runs 1, diagnosis_fresh 3
says: was printed
stopped: output
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    import time

    while True:
        print("still here " * 20_000)
        time.sleep(0.05)  # so that it is the limit on output that is reached first, and not the one on memory
