r"""Train the bundled reader of faces: labels of pixels and traits of faces, from real ones.

.. math:: \min_R \; \mathbb{E} \left[ -\log \operatorname{softmax}(R_\text{label}(y))_{l(y)} \right]
    + \lambda\, \mathbb{E}\, \|R_\text{trait}(y) - t(y)\|^2
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import torch
from safetensors.torch import load
from torch import Tensor
from torch.nn.functional import cross_entropy

from udtlib.data.faces.draw import draw_faces
from udtlib.data.faces.factors import sample_factors
from udtlib.data.pair import DomainPair, check_request, stream
from udtlib.evaluate.segmentation import segmentation_scores
from udtlib.instruments.faces.reader import CLASSES, WEIGHTS, FaceReader
from udtlib.instruments.faces.traits import trait_values
from udtlib.instruments.storing import Instrument, train_and_store
from udtlib.losses.reconstruction import l2
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.profiles import Profile
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig
from udtlib.types import Batch, Float, Split, Terms

#: Both sizes are read without resampling.
SIZES = (32, 64)


@final
class FaceReading(Objective):
    """One player, the reader; x are faces, y their traits, and the label map is the target's label."""

    def __init__(self, reader: FaceReader, *, trait_weight: float = 2.0) -> None:
        super().__init__()
        self.reader = reader
        self.trait_weight = trait_weight

    def players(self) -> dict[str, Player]:
        optimiser = AdamConfig(rate=2e-3, betas=(0.9, 0.999))
        return {"reader": Player(module=self.reader, loss=self.loss, optimiser=optimiser)}

    def loss(self, batch: Batch, clock: Clock) -> Terms:
        """The cross-entropy of the pixels' labels and the squared error of the traits."""
        if batch.y_label is None:
            raise ValueError("a reader learns from label maps and this batch has none; use FacesToRead")
        label, trait = self.reader(batch.x)
        return {"label": cross_entropy(label, batch.y_label), "trait": self.trait_weight * l2(trait, batch.y)}


@final
class FacesToRead(DomainPair):
    """Fresh faces in every batch, of one size after the other, with their traits and label maps."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = device

    @property
    def paired(self) -> bool:
        return True

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        check_request(index, size=size, split=split)
        # Weakly correlated: a trait is to be read from what shows of it, not guessed from what goes with it.
        factors = sample_factors(size, generator=stream(seed, index, split, "faces"), correlation=0.5)
        factors = factors.to(self.device)
        drawing = draw_faces(factors, size=SIZES[index % len(SIZES)])
        return Batch(drawing.image, trait_values(factors), y_label=drawing.label)

    def answers(self, batch: Batch) -> Tensor:
        """The traits that the faces were drawn with."""
        return batch.y

    def to(self, device: torch.device | str) -> FacesToRead:
        return FacesToRead(device)


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """Train the reader on fresh faces of both sizes; leaves weights and their record in ``folder``.

    To bundle them with the package, copy both files into ``udtlib/instruments/weights``.
    """
    config = TrainConfig(
        steps=profile.pick(quick=1_200, colab=6_000, full=12_000),
        batch_size=32,
        seed=seed,
        decay_from=0.3,
        log_every=20,
        checkpoint_every=400,
        accelerator=profile.accelerator,
    )
    return train_on(FacesToRead(), config=config, folder=folder, resume=resume)


def train_on(pair: FacesToRead, *, config: TrainConfig, folder: Path, resume: bool) -> History:
    """Train on these faces, store the weights, and measure them as stored."""
    return train_and_store(
        lambda: FaceReading(FaceReader()),
        pair,
        name=WEIGHTS,
        measured=measured,
        config=config,
        folder=folder,
        resume=resume,
    )


@torch.no_grad()
def measured(content: bytes, *, count: int = 500) -> dict[str, Any]:
    """What the weights reach as they are stored, on fresh test faces of each size."""
    reader = FaceReader()
    reader.load_state_dict(load(content))
    reader.eval()
    scores: dict[str, Any] = {"parameters": sum(p.numel() for p in reader.parameters())}
    for index, size in enumerate(SIZES):
        batch = FacesToRead().batch(index, size=count, seed=0, split="test")
        reading = reader(batch.x)
        labels = segmentation_scores(reading.label.argmax(1), batch.y_label, classes=CLASSES)
        scores[f"at {size} pixels"] = {
            "pixel accuracy": labels.pixel_accuracy,
            "class accuracy": labels.class_accuracy,
            "class IoU": labels.class_iou,
            "explained variance of the traits": explained(reading.trait, batch.y).mean().item(),
        }
    return scores


def explained(
    read: Float[Tensor, "batch traits"], true: Float[Tensor, "batch traits"]
) -> Float[Tensor, "traits"]:
    r"""The share of every trait's variance that the reader explains, :math:`1 - \mathrm{mse} / \mathrm{var}`."""
    return 1 - (read - true).square().mean(0) / true.var(0, correction=0)


INSTRUMENT = Instrument(
    name="face-reader",
    summary="the bundled reader of cartoon faces: label maps and traits, which FCN-scores are measured with",
    seconds={"quick": 1_200.0},
    train=train,
)
