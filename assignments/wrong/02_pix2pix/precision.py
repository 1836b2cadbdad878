"""The share of a class's predictions that are right, and not of its true pixels.

loses: masks_accuracy 2
says: how far a prediction can be trusted
"""


# %% answer_accuracies
def pixel_accuracy(counts):
    return counts.diagonal().sum() / counts.sum()


def class_accuracy(counts):
    there = counts.sum(dim=1) > 0
    return (counts.diagonal()[there] / counts.sum(dim=0)[there]).mean()
