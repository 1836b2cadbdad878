r"""Train the bundled classifier of hands: one player who minimises the cross-entropy on all hands' emoji.

.. math:: \min_C \; \mathbb{E}_{(y, h)} \left[ -\log \operatorname{softmax}(C(a(y)))_h \right]

with :math:`a` a mirroring, a shift, another brightness and a little blur and noise, so that the hand is told by
how lines, areas and shades are drawn, and not by single pixels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import torch
from safetensors.torch import load
from torch import Tensor
from torch.nn.functional import avg_pool2d, cross_entropy, pad

from udtlib.data.emoji_files import EMOJI, HANDS
from udtlib.data.pair import IndependentPair, Noise, Samples
from udtlib.evaluate.translations import in_parts
from udtlib.instruments.emoji.reader import WEIGHTS, HandReader
from udtlib.instruments.storing import Instrument, train_and_store
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.profiles import Profile
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig
from udtlib.types import Batch, Float, Terms

#: Pixels by which a drawing is moved at most.
SHIFT = 4
#: Deviation of the noise, of a range of 2.
NOISE = 0.05

Images = Float[Tensor, "batch 3 size size"]


@final
class HandReading(Objective):
    """One player, the classifier, which learns the target's labels; the source is not looked at."""

    def __init__(self, reader: HandReader) -> None:
        super().__init__()
        self.reader = reader

    def players(self) -> dict[str, Player]:
        optimiser = AdamConfig(rate=2e-3, betas=(0.9, 0.999))
        return {"reader": Player(module=self.reader, loss=self.loss, optimiser=optimiser)}

    def loss(self, batch: Batch, clock: Clock) -> Terms:
        """The cross-entropy of the hands, on changed images."""
        if batch.y_label is None:
            raise ValueError("a classifier learns from labels and this batch has none; use hands_to_read()")
        return {"cross_entropy": cross_entropy(self.reader(changed(batch.y)), batch.y_label)}


def changed(image: Images) -> Images:
    """Each image mirrored or not, moved, darker or lighter, sharp or a little blurred, with a little noise."""
    count, size = len(image), image.shape[-1]

    def chance() -> Tensor:
        return torch.rand(count, 1, 1, 1, device=image.device)

    image = torch.where(chance() < 0.5, image, image.flip(3))
    row, column = torch.randint(2 * SHIFT + 1, (2,)).tolist()
    image = pad(image, (SHIFT,) * 4, value=1.0)[..., row : row + size, column : column + size]
    image = torch.where(
        chance() < 0.7, image, avg_pool2d(image, 3, stride=1, padding=1, count_include_pad=False)
    )
    image = image + NOISE * chance() * torch.randn_like(image)
    return (image * (0.85 + 0.15 * chance())).clamp(-1, 1)


def hands_to_read() -> IndependentPair:
    """All hands' emoji with the hand's place in ``HANDS`` as label: training and test families apart."""

    def part(split: str) -> tuple[Tensor, Tensor]:
        numbers = EMOJI.numbers_of(split)
        drawn = [EMOJI.pictures(hand, numbers).expand(-1, 3, -1, -1) for hand in HANDS]
        return torch.cat(drawn), torch.arange(len(HANDS)).repeat_interleave(len(numbers))

    (train_images, train_hands), (test_images, test_hands) = part("train"), part("test")
    return IndependentPair(Noise(1), Samples(train_images, test_images, train_hands, test_hands))


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """Train the classifier on the package's emoji; leaves weights and their record in ``folder``.

    To bundle them with the package, copy both files into ``udtlib/instruments/weights``.
    """
    config = TrainConfig(
        steps=profile.pick(quick=4_000, colab=6_000, full=10_000),
        batch_size=64,
        seed=seed,
        decay_from=0.3,
        log_every=20,
        checkpoint_every=200,
        accelerator=profile.accelerator,
    )
    pair = hands_to_read()
    return train_and_store(
        lambda: HandReading(HandReader()),
        pair,
        name=WEIGHTS,
        measured=lambda content: measured(content, pair.target),
        config=config,
        folder=folder,
        resume=resume,
    )


def measured(content: bytes, emoji: Samples) -> dict[str, Any]:
    """What the weights reach as they are stored: the accuracy on each hand's test emoji."""
    reader = HandReader()
    reader.load_state_dict(load(content))
    reader.eval()
    read = in_parts(reader, emoji.test, size=200).argmax(1)
    right = (read == emoji.test_label).double()
    return {
        "parameters": sum(p.numel() for p in reader.parameters()),
        "accuracy": {hand: right[emoji.test_label == k].mean().item() for k, hand in enumerate(HANDS)},
    }


INSTRUMENT = Instrument(
    name="hand-reader",
    summary="the bundled classifier of the hands that drew emoji",
    seconds={"quick": 600.0},
    train=train,
)
