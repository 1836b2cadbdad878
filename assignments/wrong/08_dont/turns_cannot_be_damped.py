"""A turn is taken to have no damping that tames it.

loses: back_kinds 2
says: turned and stretched
"""


# %% answer_verdicts
def verdicts():
    return {
        "breeze": "plain",
        "gale": "damped",
        "swirl": "neither",
        "pile": "lost",
        "somersault": "neither",
        "fold": "lost",
        "crowd": "no map",
        "record": "plain",
    }
