r"""Train the bundled reader of digit-swap images on all ten official digits, on either side.

.. math:: \min_{R} \; \mathbb{E}\left[ -\log \operatorname{softmax}(R_\text{digit}(s(y, r)))_c
          - \log \operatorname{softmax}(R_\text{side}(s(y, r)))_r \right]

with the digit :math:`y` of class :math:`c`, a fair coin :math:`r`, and :math:`s` that puts the digit on that
side and disturbs the image: half of them a little blurred, all with noise. Decoded images are blurred, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import torch
from safetensors.torch import load
from torch.nn.functional import avg_pool2d, cross_entropy, pad

from udtlib.data.digit_swap import CLASSES, place
from udtlib.data.digits import noise_to_digits
from udtlib.data.pair import IndependentPair, Samples
from udtlib.instruments.storing import Instrument, train_and_store
from udtlib.instruments.swap.reader import NATIVE, WEIGHTS, SwapReader
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.profiles import Profile
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig
from udtlib.types import Batch, Float, Tensor, Terms


@final
class ReadSides(Objective):
    """One player, the reader, which learns the target's labels and the side that it puts each digit on."""

    def __init__(self, reader: SwapReader) -> None:
        super().__init__()
        self.reader = reader

    def players(self) -> dict[str, Player]:
        optimiser = AdamConfig(rate=2e-3, betas=(0.9, 0.999))
        return {"reader": Player(module=self.reader, loss=self.loss, optimiser=optimiser)}

    def loss(self, batch: Batch, clock: Clock) -> Terms:
        """The cross-entropy of both answers, on disturbed images."""
        right = torch.rand(len(batch.y), device=batch.y.device) < 0.5
        seen = self.reader(disturbed(place(batch.y, right=right)))
        return {
            "digit": cross_entropy(seen.digit, batch.y_label),
            "side": cross_entropy(seen.side, right.long()),
        }


def disturbed(image: Float[Tensor, "batch 1 size size"]) -> Float[Tensor, "batch 1 size size"]:
    """Every second image half blurred; noise of a random strength on all."""
    soft = avg_pool2d(pad(image[::2], (1,) * 4, mode="replicate"), 3, stride=1)
    image = image.clone()
    image[::2] = (image[::2] + soft) / 2
    strength = 0.2 * torch.rand(len(image), 1, 1, 1, device=image.device)
    return image + strength * torch.randn_like(image)


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """Train the reader on the official training digits; leaves weights and their record in ``folder``.

    To bundle them with the package, copy both files into ``udtlib/instruments/weights``.

    Raises:
        DataError: the official files are missing or damaged.
    """
    config = TrainConfig(
        # four, six and ten times 60,000 digits
        steps=profile.pick(quick=1_880, colab=2_820, full=4_700),
        batch_size=128,
        seed=seed,
        decay_from=0.1,
        log_every=20,
        checkpoint_every=200,
        accelerator=profile.accelerator,
    )
    pair = noise_to_digits(noise=1, size=NATIVE // 2, source="official")
    return train_on(pair, config=config, folder=folder, resume=resume)


def train_on(pair: IndependentPair, *, config: TrainConfig, folder: Path, resume: bool) -> History:
    """Train on a pair whose target is labelled digits of half the side, and measure the stored weights."""
    digits = pair.target
    assert isinstance(digits, Samples), "test digits are stored"
    return train_and_store(
        lambda: ReadSides(SwapReader()),
        pair,
        name=WEIGHTS,
        measured=lambda content: measured(content, digits),
        config=config,
        folder=folder,
        resume=resume,
    )


def measured(content: bytes, digits: Samples) -> dict[str, Any]:
    """What the weights reach as they are stored, on test digits put on the left and on the right."""
    reader = SwapReader()
    reader.load_state_dict(load(content))
    reader.eval()
    digit_right, side_right, two = [], [], []
    with torch.no_grad():
        for image, label in zip(digits.test.split(500), digits.test_label.split(500), strict=True):
            for right in (False, True):
                seen = reader(place(image, right=torch.full((len(image),), right)))
                digit_right.append(seen.digit.argmax(1) == label)
                side_right.append(seen.side.argmax(1) == int(right))
                known = torch.isin(label, torch.tensor(CLASSES))
                two.append(seen.digit[known][:, CLASSES].argmax(1) == label[known])
    return {
        "parameters": sum(p.numel() for p in reader.parameters()),
        "accuracy": {
            name: torch.cat(values).double().mean().item()
            for name, values in (("digit", digit_right), ("side", side_right), ("zero or one", two))
        },
    }


INSTRUMENT = Instrument(
    name="swap-reader",
    summary="the bundled reader of digit-swap images, on all official MNIST digits (set UDT_DATA_DIR)",
    seconds={"quick": 90.0},
    train=train,
)
