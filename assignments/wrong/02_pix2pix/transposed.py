"""Rows hold the prediction and columns the truth.

loses: masks_confusion 1
says: rows are the truth
"""


# %% answer_confusion
def confusion(truth, predicted, *, classes):
    counts = torch.zeros(classes, classes, dtype=torch.long)
    for i, j in zip(truth.flatten().tolist(), predicted.flatten().tolist(), strict=True):
        counts[j, i] += 1
    return counts
