"""Batch normalisation is taken for a function of a sample.

loses: back_kinds 2
says: goes elsewhere
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
        "crowd": "plain",
        "record": "plain",
    }
