"""The Dice score in the place of the intersection over union.

loses: masks_iou 2
says: is the Dice score
"""


# %% answer_class_iou
def class_iou(counts):
    there = counts.sum(dim=1) > 0
    both = counts.sum(dim=1) + counts.sum(dim=0)
    return (2 * counts.diagonal()[there] / both[there]).mean()
