"""Whatever can be undone is taken to be found with a small theta.

loses: back_kinds 2
says: Newton's method would find it
"""


# %% answer_verdicts
def verdicts():
    return {
        "breeze": "plain",
        "gale": "damped",
        "swirl": "damped",
        "pile": "lost",
        "somersault": "damped",
        "fold": "lost",
        "crowd": "no map",
        "record": "plain",
    }
