"""Geometry by counting windows, means by loops, and medians by trying every value.

loses: nothing
"""


# %% answer_receptive_field
def receptive_field(layers):
    jump, side = 1, 1
    for kernel, stride, _ in layers:
        side, jump = side + (kernel - 1) * jump, jump * stride
    return side


# %% answer_map_side
def map_side(layers, size):
    for kernel, stride, padding in layers:
        starts = range(-padding, size + padding - kernel + 1, stride)
        if not len(starts):
            raise ValueError("no window fits")
        size = len(starts)
    return size


# %% answer_window
def window(layers, index):
    seen = [index, index]
    for kernel, stride, padding in list(layers)[::-1]:
        seen = [seen[0] * stride - padding, seen[1] * stride - padding + kernel - 1]
    return tuple(seen)


# %% answer_regress_l2
def regress_l2(images, probabilities):
    total = torch.zeros_like(images[0], dtype=torch.double)
    for p, image in zip(probabilities.tolist(), images, strict=True):
        total = total + p * image
    return total.to(images.dtype)


# %% answer_regress_l1
def regress_l1(images, probabilities):
    best, least = None, None
    for candidate in images:
        pays = sum(p * (image - candidate).abs() for p, image in zip(probabilities, images, strict=True))
        if best is None:
            best, least = candidate.clone(), pays
        else:
            best, least = torch.where(pays < least, candidate, best), torch.minimum(pays, least)
    return best


# %% answer_confusion
def confusion(truth, predicted, *, classes):
    counts = torch.zeros(classes, classes, dtype=torch.long)
    for i, j in zip(truth.reshape(-1).tolist(), predicted.reshape(-1).tolist(), strict=True):
        counts[i, j] += 1
    return counts


# %% answer_accuracies
def pixel_accuracy(counts):
    rows = counts.tolist()
    return sum(row[i] for i, row in enumerate(rows)) / sum(map(sum, rows))


def class_accuracy(counts):
    shares = [row[i] / sum(row) for i, row in enumerate(counts.tolist()) if sum(row)]
    return sum(shares) / len(shares)


# %% answer_class_iou
def class_iou(counts):
    rows, columns = counts.tolist(), counts.T.tolist()
    shares = [row[i] / (sum(row) + sum(columns[i]) - row[i]) for i, row in enumerate(rows) if sum(row)]
    return sum(shares) / len(shares)
