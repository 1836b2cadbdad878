"""Draw the welcome page's figure: three maps of a face that all fit, one of which is right.

Usage: python tools/make_welcome.py
"""

from __future__ import annotations

import math
from pathlib import Path

import torch

from udtlib.data.toy2d import Mixture, mixture
from udtlib.numerics.gaussian import rotation
from udtlib.show import draw_points, frame_plane, panels
from udtlib.translators.rotated import RotatedRearrangement

ROOT = Path(__file__).resolve().parent.parent
EXTENT = (-2.6, 2.6, -2.6, 2.6)
OUTLINE, EYES, SMILE = 40, 2, 14


def face() -> Mixture:
    """A face as a mixture of narrow Gaussians: its outline, two eyes, a smile."""
    around = torch.arange(OUTLINE) * 2 * math.pi / OUTLINE
    below = torch.linspace(math.pi + 0.45, 2 * math.pi - 0.45, SMILE)
    outline = 2.0 * torch.stack([around.cos(), around.sin()], 1)
    eyes = torch.tensor([[-0.7, 0.6], [0.7, 0.6]]) + torch.zeros(6, 1, 2)
    smile = 1.15 * torch.stack([below.cos(), below.sin()], 1)
    means = torch.cat([outline, eyes.reshape(-1, 2), smile])
    return mixture(means, deviation=0.09)


def main() -> None:
    """Write book/figures/welcome.webp."""
    alpha = face()
    x = alpha.draw(5000, generator=torch.Generator().manual_seed(0))
    part = torch.bucketize(x.label, torch.tensor([OUTLINE, OUTLINE + 6 * EYES]), right=True)
    shown = [("a face", x.value)]
    for degrees, name in ((0, "the right map"), (70, "fits just as well"), (200, "so does this")):
        translator = RotatedRearrangement(alpha.law, alpha.law, rotation(math.radians(degrees)))
        shown.append((name, translator(x.value)))
    with panels(len(shown), size=(2.3, 2.5)) as board:
        for axes, (name, points) in zip(board, shown, strict=True):
            draw_points(axes, points, labels=part, size=2.2)
            frame_plane(axes, extent=EXTENT, title=name)
            axes.set_axis_off()
    picture = board.picture(alt="The welcome figure.", caption="The welcome figure.")
    picture.save(ROOT / "book" / "figures" / "welcome.webp")


if __name__ == "__main__":
    main()
