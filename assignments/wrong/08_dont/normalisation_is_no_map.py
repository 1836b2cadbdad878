"""Normalisation is taken to be the trouble, and not the batch.

loses: back_kinds 2
says: It is the batch that makes the trouble
"""


# %% answer_verdicts
def verdicts():
    return {
        "breeze": "plain",
        "gale": "damped",
        "swirl": "damped",
        "pile": "lost",
        "somersault": "neither",
        "fold": "lost",
        "crowd": "no map",
        "record": "no map",
    }
