"""The discriminator is not shown the source: it judges whether an image is real, and not whether it belongs to x.

loses: patch_condition 2
says: whether it belongs to its source
"""


# %% answer_patch_discriminator
class PatchDiscriminator(nn.Module):
    def __init__(self, layers, *, condition, channels, width):
        super().__init__()
        widths = [channels, *[width] * (len(layers) - 1), 1]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, kernel, stride=stride, padding=padding)
            for before, after, (kernel, stride, padding) in zip(widths[:-1], widths[1:], layers, strict=True)
        )

    def forward(self, x, y):
        for convolution in self.convolutions[:-1]:
            y = F.leaky_relu(convolution(y), 0.2)
        return self.convolutions[-1](y)
