r"""Many images in memory: one byte for each value, and numbers in [-1, 1] only for those that are drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import torch
from torch import Tensor

from udtlib.data.pair import Domain, DomainPair, Draw, check_request, stream
from udtlib.types import Batch, Float, Split

#: How many bytes of images a domain may keep; 2^32 are 350,000 colour images of 64 × 64 pixels.
MEMORY_LIMIT = 2**32


@final
@dataclass(frozen=True)
class StoredImages(Domain):
    """The empirical distribution of images that are kept as bytes.

    Args:
        train: bytes ``(count, channels, height, width)`` to train on.
        test: likewise, kept apart.
        mirror: turn training images left to right with probability 1/2.

    Raises:
        ValueError: no bytes, an empty split, or splits of different shapes.
    """

    train: Tensor
    test: Tensor
    mirror: bool = False

    def __post_init__(self) -> None:
        check_bytes(self.train, self.test)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.train.shape[1:])

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        kept = self.train if split == "train" else self.test
        rows = torch.randint(len(kept), (count,), generator=generator).to(kept.device)
        value = numbers(kept[rows])
        if self.mirror and split == "train":
            value = mirrored(value, coins(count, generator))
        return Draw(value)

    def to(self, device: torch.device | str) -> StoredImages:
        return replace(self, train=self.train.to(device), test=self.test.to(device))


@final
@dataclass(frozen=True)
class StoredImagePairs(DomainPair):
    """Images that correspond one to one, kept as bytes.

    Args:
        source: images of X.
        target: images of Y, as many; ``train[i]`` and ``test[i]`` belong to those of the source.

    Raises:
        ValueError: unequal counts, or only one of the two is mirrored.
    """

    source: StoredImages
    target: StoredImages

    def __post_init__(self) -> None:
        for split in ("train", "test"):
            counts = [len(getattr(domain, split)) for domain in (self.source, self.target)]
            if counts[0] != counts[1]:
                raise ValueError(
                    f"the {split} split has {counts[0]} sources and {counts[1]} targets; expected as many of each"
                )
        if self.source.mirror != self.target.mirror:
            raise ValueError("only one of two corresponding domains is mirrored; mirror both or neither")

    @property
    def paired(self) -> bool:
        return True

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        check_request(index, size=size, split=split)
        draws = stream(seed, index, split, "pair")
        kept = [getattr(domain, split) for domain in (self.source, self.target)]
        rows = torch.randint(len(kept[0]), (size,), generator=draws).to(kept[0].device)
        x, y = (numbers(images[rows]) for images in kept)
        if self.source.mirror and split == "train":
            turned = coins(size, draws)
            x, y = mirrored(x, turned), mirrored(y, turned)
        return Batch(x, y)

    def answers(self, batch: Batch) -> Tensor:
        """The partners :math:`y_i`."""
        return batch.y

    def to(self, device: torch.device | str) -> StoredImagePairs:
        return StoredImagePairs(self.source.to(device), self.target.to(device))


def numbers(image: Tensor) -> Float[Tensor, "batch channels height width"]:
    """Bytes 0 … 255 as numbers -1 … 1."""
    return image.float().mul_(2 / 255).sub_(1)


def coins(count: int, generator: torch.Generator) -> Tensor:
    """One throw of a coin for each image."""
    return torch.rand(count, generator=generator) < 0.5


def mirrored(
    image: Float[Tensor, "batch channels height width"], turned: Tensor
) -> Float[Tensor, "batch channels height width"]:
    """The images, those marked turned left to right."""
    return torch.where(turned.to(image.device)[:, None, None, None], image.flip(3), image)


def check_bytes(train: Tensor, test: Tensor) -> None:
    """Refuse what is no pair of splits of images.

    Raises:
        ValueError: no bytes, an empty split, or splits of different shapes.
    """
    for name, image in (("train", train), ("test", test)):
        if image.dtype != torch.uint8 or image.ndim != 4:
            raise ValueError(
                f"the {name} split is {image.dtype} of shape {tuple(image.shape)}; expected bytes "
                "(count, channels, height, width)"
            )
        if len(image) == 0:
            raise ValueError(f"the {name} split has no images; a domain needs at least one")
    if train.shape[1:] != test.shape[1:]:
        raise ValueError(
            f"training images have shape {tuple(train.shape[1:])} but test images {tuple(test.shape[1:])}; "
            "resize one of them"
        )
