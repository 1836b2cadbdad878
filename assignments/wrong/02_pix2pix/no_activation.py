"""Nothing stands between the convolutions, so that together they are one.

loses: patch_map 2
says: the network is linear
"""


# %% answer_patch_discriminator
class PatchDiscriminator(nn.Module):
    def __init__(self, layers, *, condition, channels, width):
        super().__init__()
        widths = [condition + channels, *[width] * (len(layers) - 1), 1]
        self.chain = nn.Sequential(
            *(
                nn.Conv2d(before, after, kernel, stride=stride, padding=padding)
                for before, after, (kernel, stride, padding) in zip(
                    widths[:-1], widths[1:], layers, strict=True
                )
            )
        )

    def forward(self, x, y):
        return self.chain(torch.cat([x, y], dim=1))
