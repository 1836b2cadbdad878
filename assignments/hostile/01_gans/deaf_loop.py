"""A loop that catches the interrupt as well: the kernel is ended, and what was earned before stays.

loses: diagnosis_runs 1, diagnosis_fresh 3
says: ran longer than
stopped: time
"""


# %% answer_diagnose
def diagnose(log):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
