"""Any high accuracy is read as a won discriminator, though one covered mode still allows 15/16.

loses: diagnosis_runs 1, diagnosis_fresh 3
says: run B
"""


# %% answer_diagnose
def diagnose(log):
    end = log[-max(1, len(log) // 4) :]
    accuracy = sum(row["d_accuracy"] for row in end) / len(end)
    modes = sum(row["modes"] for row in end) / len(end)
    if accuracy > 0.9:
        return "discriminator won"
    return "healthy" if modes > 5 else "mode collapse"
