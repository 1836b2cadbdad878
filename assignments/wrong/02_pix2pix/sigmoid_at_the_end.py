"""The network returns probabilities.

loses: patch_map 2
says: makes probabilities of the logits
"""


# %% answer_patch_discriminator
class PatchDiscriminator(nn.Module):
    def __init__(self, layers, *, condition, channels, width):
        super().__init__()
        widths = [condition + channels, *[width] * (len(layers) - 1), 1]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, kernel, stride=stride, padding=padding)
            for before, after, (kernel, stride, padding) in zip(widths[:-1], widths[1:], layers, strict=True)
        )

    def forward(self, x, y):
        h = torch.cat([x, y], dim=1)
        for convolution in self.convolutions[:-1]:
            h = F.leaky_relu(convolution(h), 0.2)
        return torch.sigmoid(self.convolutions[-1](h))
