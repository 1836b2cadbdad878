"""Every answer written in another way that is right: forwards, with modules, one call for both pairs, by search.

loses: nothing
"""


# %% answer_receptive_field
def receptive_field(layers):
    side = jump = 1
    for kernel, stride, _ in layers:
        side += (kernel - 1) * jump
        jump *= stride
    return side


# %% answer_map_side
def map_side(layers, size):
    for kernel, stride, padding in layers:
        starts = range(-padding, size + padding - kernel + 1, stride)
        if not starts:
            raise ValueError(f"nothing comes out of {size} values and a kernel of {kernel}")
        size = len(starts)
    return size


# %% answer_window
def window(layers, index):
    jump, start, side = 1, 0, 1
    for kernel, stride, padding in layers:
        start -= padding * jump
        side += (kernel - 1) * jump
        jump *= stride
    return [start + index * jump, start + index * jump + side - 1]


# %% answer_patch_discriminator
class PatchDiscriminator(nn.Sequential):
    def __init__(self, layers, *, condition, channels, width):
        parts, before = [], condition + channels
        for number, geometry in enumerate(layers, start=1):
            after = 1 if number == len(layers) else width
            parts += [nn.Conv2d(before, after, *geometry), nn.LeakyReLU(0.2)]
            before = after
        super().__init__(*parts[:-1])

    def forward(self, x, y):
        return super().forward(torch.hstack([x, y]))


# %% answer_discriminator_terms
def discriminator_terms(x, y, *, generator, discriminator):
    with torch.no_grad():
        fake = generator(x)
    logit = discriminator(torch.cat([x, x]), torch.cat([y, fake]))
    real, fake = logit.chunk(2)
    return {
        "fake": F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)),
        "real": F.binary_cross_entropy_with_logits(real, torch.ones_like(real)),
    }


# %% answer_generator_terms
def generator_terms(x, y, *, generator, discriminator, weight=100.0):
    fake = generator(x)
    logit = discriminator(x, fake)
    return {"l1": F.l1_loss(fake, y) * weight, "fool": -F.logsigmoid(logit).mean()}


# %% answer_regress_l2
def regress_l2(images, probabilities):
    best = torch.zeros_like(images[0])
    for image, probability in zip(images, probabilities, strict=True):
        best = best + probability * image
    return best


# %% answer_regress_l1
def regress_l1(images, probabilities):
    losses = [
        sum(p * (other - image).abs() for other, p in zip(images, probabilities, strict=True))
        for image in images
    ]
    best = torch.stack(losses).argmin(dim=0, keepdim=True)
    return images.gather(0, best).squeeze(0)


# %% answer_impossible
def impossible():
    found = []
    for name, (images, probabilities) in AMBIGUITIES.items():
        for loss, regress in (("l1", regress_l1), ("l2", regress_l2)):
            best = regress(images, probabilities)
            if min((best - image).abs().max() for image in images) > 0.1:
                found.append((loss, name))
    return found


# %% answer_confusion
def confusion(truth, predicted, *, classes):
    rows, columns = F.one_hot(truth.flatten().long(), classes), F.one_hot(predicted.flatten().long(), classes)
    return rows.T.float() @ columns.float()


# %% answer_accuracies
def pixel_accuracy(counts):
    return counts.trace() / counts.sum()


def class_accuracy(counts):
    return (counts.diagonal() / counts.sum(dim=1)).nanmean()


# %% answer_class_iou
def class_iou(counts):
    found = []
    for i in range(len(counts)):
        if counts[i].sum() > 0:
            found.append(counts[i, i] / (counts[i].sum() + counts[:, i].sum() - counts[i, i]))
    return sum(found) / len(found)
