r"""Train the bundled digit classifier: one player who minimises the cross-entropy on all official digits.

.. math:: \min_C \; \mathbb{E}_{(y, c) \sim \beta} \left[ -\log \operatorname{softmax}(C(s(y)))_c \right]

with :math:`s` a random shift of at most two pixels in each direction.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any, final

import torch
from safetensors.torch import load, save
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from udtlib.data.digits import load_digits, noise_to_digits
from udtlib.data.pair import Samples
from udtlib.nets.classifier import WEIGHTS, DigitClassifier
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.profiles import Profile
from udtlib.train.log import History
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.types import Batch, Float, Labels, Terms

SHIFT = 2
COMMAND = "udt train digit-classifier --seed {seed}"


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

    Raises:
        DataError: the official files are missing or damaged.
    """
    began = time.perf_counter()
    config = TrainConfig(
        # four, six and ten passes over 60,000 digits
        steps=profile.pick(quick=1_880, colab=2_820, full=4_700),
        batch_size=128,
        seed=seed,
        decay_from=0.2,
        log_every=20,
        checkpoint_every=200,
        accelerator=profile.accelerator,
    )
    with random_run(seed):
        objective = Classification(DigitClassifier())
    pair = noise_to_digits(noise=1, source="official")
    history = fit(objective, pair, config=config, folder=folder, resume=resume)
    content = stored_weights(objective.classifier)
    record = {
        "command": COMMAND.format(seed=seed),
        "seed": seed,
        "steps": config.steps,
        "batch_size": config.batch_size,
        "device": profile.device.type,
        **measured(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "versions": {"python": platform.python_version(), "torch": metadata.version("torch")},
        "seconds": round(time.perf_counter() - began, 1),
        "date": date.today().isoformat(),
    }
    write_weights(content, record, folder=folder)
    return history


def stored_weights(classifier: DigitClassifier) -> bytes:
    """The classifier's state as safetensors in half precision."""
    state = {name: value.cpu() for name, value in classifier.state_dict().items()}
    return save({name: t.half().contiguous() if t.is_floating_point() else t for name, t in state.items()})


def measured(content: bytes) -> dict[str, Any]:
    """What the weights reach as they are stored: the accuracy on official and on embedded test digits."""
    classifier = DigitClassifier()
    classifier.load_state_dict(load(content))
    sources = {"official": load_digits(source="official"), "embedded": load_digits()}
    return {
        "parameters": sum(p.numel() for p in classifier.parameters()),
        "accuracy": {name: accuracy_on_test(classifier, digits) for name, digits in sources.items()},
    }


@torch.no_grad()
def accuracy_on_test(classifier: DigitClassifier, digits: Samples) -> float:
    """The share of test digits that are named correctly, between 0 and 1."""
    if digits.test_label is None:
        raise ValueError("accuracy needs labelled test digits, and these have no labels")
    return accuracy(classifier, digits.test, digits.test_label)


def accuracy(classifier: DigitClassifier, image: Float[Tensor, "count 1 size size"], label: Labels) -> float:
    """The share of images whose largest logit is their label's, in evaluation mode."""
    classifier.eval()
    right = sum(
        (classifier(x).argmax(1) == c).sum().item()
        for x, c in zip(image.split(500), label.split(500), strict=True)
    )
    return right / len(image)


def write_weights(content: bytes, record: dict[str, Any], *, folder: Path) -> None:
    """Put the weights and their record into ``folder``, each whole or not at all."""
    for suffix, data in (("safetensors", content), ("json", json.dumps(record, indent=2).encode() + b"\n")):
        scratch = folder / f"{WEIGHTS}.{suffix}.part"
        scratch.write_bytes(data)
        os.replace(scratch, folder / f"{WEIGHTS}.{suffix}")
