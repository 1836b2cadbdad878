"""A step is taken to be undone where the iteration converges.

loses: back_kinds 2
says: may be another one
"""


# %% answer_verdicts
def verdicts():
    return {
        "breeze": "plain",
        "gale": "damped",
        "swirl": "damped",
        "pile": "lost",
        "somersault": "neither",
        "fold": "plain",
        "crowd": "no map",
        "record": "plain",
    }
