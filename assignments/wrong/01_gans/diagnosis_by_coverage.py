"""No mode covered is taken to mean that the discriminator has won.

loses: diagnosis_fresh 3
"""


# %% answer_diagnose
def diagnose(log):
    end = log[-max(1, len(log) // 4) :]
    modes = sum(row["modes"] for row in end) / len(end)
    if modes < 0.5:
        return "discriminator won"
    return "healthy" if modes > 5 else "mode collapse"
