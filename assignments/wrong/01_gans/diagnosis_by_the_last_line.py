"""The last line alone is judged, accident or not.

loses: diagnosis_fresh 3
says: one accidental last line
"""


# %% answer_diagnose
def diagnose(log):
    end = log[-1]
    if end["d_accuracy"] > 0.97:
        return "discriminator won"
    return "healthy" if end["modes"] > 5 else "mode collapse"
