"""A loop that prints for ever: the kernel is ended, and what was earned before stays.

loses: penalty_value 2, penalty_norm 2, penalty_between 2, penalty_graph 2, diagnosis_runs 1, diagnosis_fresh 3
says: was printed
stopped: output
"""


# %% answer_gradient_penalty
def gradient_penalty(critic, y, fake):
    while True:
        print("still here " * 1000)
