"""The generator's loss is taken for a measure of quality.

loses: diagnosis_fresh 3
says: not the quality of its samples
"""


# %% answer_diagnose
def diagnose(log):
    end = log[-max(1, len(log) // 4) :]
    loss = sum(row["g_loss"] for row in end) / len(end)
    if loss > 5:
        return "discriminator won"
    return "healthy" if loss < 1.2 else "mode collapse"
