"""A step is taken to be lost where the plain iteration does not converge.

loses: back_kinds 2
says: which can be undone
"""


# %% answer_verdicts
def verdicts():
    return {
        "breeze": "plain",
        "gale": "lost",
        "swirl": "lost",
        "pile": "lost",
        "somersault": "lost",
        "fold": "lost",
        "crowd": "no map",
        "record": "plain",
    }
