"""Pairs of domains made of cartoon faces: label maps or edges with their photos, and one attribute changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, final

import torch

from udtlib.data.faces.attributes import AttributePair, glasses_pair, hair_pair, pose_pair, sex_pair
from udtlib.data.faces.draw import draw_faces, edge_drawing, paint_labels
from udtlib.data.faces.factors import FaceFactors, repaint, sample_factors
from udtlib.data.pair import SPLITS, DomainPair, stream
from udtlib.data.paired import PairedSamples
from udtlib.types import Batch, Float, Int, Split, Tensor

__all__ = [
    "AttributePair",
    "FacePair",
    "edges_to_faces",
    "glasses_pair",
    "hair_pair",
    "labels_to_faces",
    "pose_pair",
    "sex_pair",
]


Part = TypeVar("Part")


@final
@dataclass(frozen=True, eq=False)
class FacePair(DomainPair):
    """Drawings of faces and their photos, with all that is known about them; both labels are the sex.

    Args:
        samples: the drawings x and the photos y.
        people: the factors of each split's faces, by the split's name.
        maps: the label maps of each split's faces, by the split's name.
        variety: of the colours, as the faces were drawn and as their variants are.
    """

    samples: PairedSamples
    people: dict[Split, FaceFactors]
    maps: dict[Split, Int[Tensor, "..."]]
    variety: float | int = 1.0

    @property
    def paired(self) -> bool:
        return True

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        return self.samples.batch(index, size=size, seed=seed, split=split)

    def answers(self, batch: Batch) -> Tensor:
        """The photos that the drawings were made of; :meth:`variants` draws some of the many others."""
        return self.samples.answers(batch)

    def to(self, device: torch.device | str) -> FacePair:
        return FacePair(
            self.samples.to(device),
            {split: part.to(device) for split, part in self.people.items()},
            {split: part.to(device) for split, part in self.maps.items()},
            self.variety,
        )

    def factors(self, split: Split) -> FaceFactors:
        """The factors of every face of a split, in the order of ``samples``."""
        return part_of(self.people, split)

    def labels(self, split: Split) -> Int[Tensor, "count size size"]:
        """The label map of every face of a split, whatever the source domain shows."""
        return part_of(self.maps, split).long()

    def variants(
        self, rows: Tensor | list[int], *, count: int, seed: int, split: Split = "test"
    ) -> Float[Tensor, "rows count 3 size size"]:
        """Other true photos of the same drawings: independent samples of the distribution of y given x.

        Args:
            rows: which faces of the split.
            count: how many photos of each.
            seed: of the appearances; the same seed gives the same photos.
            split: of the faces.

        Raises:
            ValueError: no photo is asked for, or the split is unknown.
        """
        if count < 1:
            raise ValueError(f"at least one variant is needed, got count={count}")
        people = self.factors(split)[torch.as_tensor(rows, device=self.people[split].sex.device)]
        generator = stream(seed, 0, split, "variants")
        size = self.samples.test.y.shape[-1]
        faces = (repaint(people, generator=generator, variety=self.variety) for _ in range(count))
        photos = [draw_faces(each, size=size).image for each in faces]
        return torch.stack(photos, 1)


def labels_to_faces(
    *,
    count: int = 4000,
    test: int = 500,
    size: int = 32,
    seed: int = 0,
    correlation: float | int = 0.8,
    variety: float | int = 1.0,
) -> FacePair:
    """Label maps in flat colours (``paint_labels``) and the photos they belong to.

    Args:
        count: training faces.
        test: test faces; other people.
        size: side of the images in pixels, at least 16.
        seed: of the faces.
        correlation: of the sex-typical traits with the recorded sex.
        variety: of the colours that no drawing determines, in [0, 1].

    Raises:
        ValueError: a count below 1, a size below 16, or a correlation or a variety outside [0, 1].
    """
    settings = Settings(
        count=count, test=test, size=size, seed=seed, correlation=correlation, variety=variety
    )
    return face_pair(labels_of, settings)


def edges_to_faces(
    *,
    count: int = 4000,
    test: int = 500,
    size: int = 32,
    seed: int = 0,
    correlation: float | int = 0.8,
    variety: float | int = 1.0,
) -> FacePair:
    """Edge drawings, one channel, and the photos they belong to; the faces of ``labels_to_faces``.

    Arguments and errors are those of :func:`labels_to_faces`.
    """
    settings = Settings(
        count=count, test=test, size=size, seed=seed, correlation=correlation, variety=variety
    )
    return face_pair(edges_of, settings)


def labels_of(people: FaceFactors, label: Tensor) -> Tensor:
    """The source domain of ``labels_to_faces``."""
    return paint_labels(label)


def edges_of(people: FaceFactors, label: Tensor) -> Tensor:
    """The source domain of ``edges_to_faces``."""
    return edge_drawing(people, size=label.shape[-1])


@final
@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a pair of drawings and photos is made from; see :func:`labels_to_faces`."""

    count: int
    test: int
    size: int
    seed: int
    correlation: float | int
    variety: float | int


def face_pair(view: Callable[[FaceFactors, Tensor], Tensor], settings: Settings) -> FacePair:
    """Draw both splits, and what ``view`` shows of them."""
    batches, people, maps = [], {}, {}
    for split, faces in zip(SPLITS, (settings.count, settings.test), strict=True):
        people[split] = sample_factors(
            faces,
            generator=stream(settings.seed, 0, split, "faces"),
            correlation=settings.correlation,
            variety=settings.variety,
        )
        image, label = draw_faces(people[split], size=settings.size)
        sex = people[split].sex
        batches.append(Batch(view(people[split], label), image, sex, sex))
        maps[split] = label.to(torch.int8)
    return FacePair(PairedSamples(*batches), people, maps, settings.variety)


def part_of(parts: dict[Split, Part], split: Split) -> Part:
    """What belongs to a split, or an error that names the splits."""
    if split not in parts:
        raise ValueError(f"split is {split!r}; expected 'train' or 'test'")
    return parts[split]
