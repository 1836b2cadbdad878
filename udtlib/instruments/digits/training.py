r"""Train the bundled digit classifier: one player who minimises the cross-entropy on all official digits.

.. math:: \min_C \; \mathbb{E}_{(y, c) \sim \beta} \left[ -\log \operatorname{softmax}(C(s(y)))_c \right]

with :math:`s` a random shift of at most two pixels in each direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

import torch
from safetensors.torch import load
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from udtlib.data.digits import load_digits, noise_to_digits
from udtlib.data.pair import Domain, IndependentPair, Samples
from udtlib.instruments.digits.classifier import WEIGHTS, DigitClassifier
from udtlib.instruments.storing import Instrument, train_and_store
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.profiles import Profile
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig
from udtlib.types import Batch, Float, Terms

SHIFT = 2


@final
class Classification(Objective):
    """One player, the classifier, which learns the target's labels; the source is not looked at."""

    def __init__(self, classifier: DigitClassifier) -> None:
        super().__init__()
        self.classifier = classifier

    def players(self) -> dict[str, Player]:
        optimiser = AdamConfig(rate=2e-3, betas=(0.9, 0.999))
        return {"classifier": Player(module=self.classifier, loss=self.loss, optimiser=optimiser)}

    def loss(self, batch: Batch, clock: Clock) -> Terms:
        """The cross-entropy of the labels, on shifted images."""
        if batch.y_label is None:
            raise ValueError(
                "a classifier learns from labels and these samples have none; use labelled digits"
            )
        return {"cross_entropy": cross_entropy(self.classifier(random_shift(batch.y)), batch.y_label)}


def random_shift(image: Float[Tensor, "batch 1 size size"]) -> Float[Tensor, "batch 1 size size"]:
    """Each image moved by its own whole number of pixels, -2 … 2 in both directions; the background is -1."""
    count, size = len(image), image.shape[-1]
    padded = pad(image[:, 0], (SHIFT,) * 4, value=-1.0)
    start = torch.randint(2 * SHIFT + 1, (2, count, 1), device=image.device)
    row, column = start + torch.arange(size, device=image.device)
    every = torch.arange(count, device=image.device)[:, None, None]
    return padded[every, row[:, :, None], column[:, None, :]].unsqueeze(1)


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """Train the classifier on the official training digits; leaves weights and their record in ``folder``.

    To bundle them with the package, copy both files into ``udtlib/instruments/weights``.

    Raises:
        DataError: the official files are missing or damaged.
    """
    config = TrainConfig(
        # four, six and ten times 60,000 digits
        steps=profile.pick(quick=1_880, colab=2_820, full=4_700),
        batch_size=128,
        seed=seed,
        decay_from=0.2,
        log_every=20,
        checkpoint_every=200,
        accelerator=profile.accelerator,
    )
    pair = noise_to_digits(noise=1, source="official")
    tests = {"official": pair.target, "embedded": load_digits()}
    return train_on(pair, tests=tests, config=config, folder=folder, resume=resume)


def train_on(
    pair: IndependentPair, *, tests: Mapping[str, Domain], config: TrainConfig, folder: Path, resume: bool
) -> History:
    """Train on a pair whose target is labelled digits, store the weights, and measure them as stored."""
    return train_and_store(
        lambda: Classification(DigitClassifier()),
        pair,
        name=WEIGHTS,
        measured=lambda content: measured(content, tests),
        config=config,
        folder=folder,
        resume=resume,
    )


def measured(content: bytes, domains: Mapping[str, Domain]) -> dict[str, Any]:
    """What the weights reach as they are stored: the accuracy on each domain's test digits."""
    classifier = DigitClassifier()
    classifier.load_state_dict(load(content))
    return {
        "parameters": sum(p.numel() for p in classifier.parameters()),
        "accuracy": {name: accuracy_on_test(classifier, digits) for name, digits in domains.items()},
    }


@torch.no_grad()
def accuracy_on_test(classifier: DigitClassifier, digits: Domain) -> float:
    """The share of test digits whose largest logit is their label's, in evaluation mode.

    Raises:
        ValueError: these are no stored samples with labels.
    """
    if not isinstance(digits, Samples) or digits.test_label is None:
        raise ValueError(f"accuracy needs stored, labelled test digits, got {type(digits).__name__} without")
    classifier.eval()
    batches = zip(digits.test.split(500), digits.test_label.split(500), strict=True)
    right = sum((classifier(x).argmax(1) == c).sum().item() for x, c in batches)
    return right / len(digits.test)


INSTRUMENT = Instrument(
    name="digit-classifier",
    summary="the bundled digit classifier, on all official MNIST digits (set UDT_DATA_DIR or fetch them)",
    seconds={"quick": 300.0},
    train=train,
)
