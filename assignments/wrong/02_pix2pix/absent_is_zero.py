"""A class that never occurs counts as one that was missed entirely.

loses: masks_accuracy 2, masks_iou 2
says: leave it out of the mean
"""


# %% answer_accuracies
def pixel_accuracy(counts):
    return counts.diagonal().sum() / counts.sum()


def class_accuracy(counts):
    return (counts.diagonal() / counts.sum(dim=1).clamp(min=1)).mean()


# %% answer_class_iou
def class_iou(counts):
    union = counts.sum(dim=1) + counts.sum(dim=0) - counts.diagonal()
    return (counts.diagonal() / union.clamp(min=1)).mean()
