r"""Domains and pairs of domains: where samples come from and, when we are lucky, what the true map is.

A domain is a distribution that can be sampled. A pair is a source :math:`\alpha` and a target :math:`\beta`. A
noise prior is a domain too: a GAN is a translator from noise to data.

``batch`` is a pure function of its arguments, so that a resumed run needs no loader state and two runs see the
same data. All randomness is drawn on the CPU and then moved, so that it does not depend on the device either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from udtlib.numerics.inputs import check_finite, floating, real_tensor
from udtlib.types import Batch, Split

SPLITS = ("train", "test")


class Draw(NamedTuple):
    """Samples of one domain; each with its class where there are classes, and its row where samples are stored."""

    value: Tensor
    label: Tensor | None = None
    row: Tensor | None = None


class Domain(ABC):
    """A distribution that can be sampled."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample."""

    @abstractmethod
    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        """``count`` independent samples, on the domain's device; ``generator`` lives on the CPU."""

    @abstractmethod
    def to(self, device: torch.device | str) -> Domain:
        """The same domain, its samples on ``device``."""


class DomainPair(ABC):
    r"""A source :math:`\alpha`, a target :math:`\beta`, and possibly what is right: the answer to each sample."""

    @property
    @abstractmethod
    def paired(self) -> bool:
        """Whether ``x[i]`` and ``y[i]`` of a batch correspond."""

    @abstractmethod
    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        """Batch number ``index`` of the endless sequence that ``seed`` and ``split`` name; a pure function."""

    @abstractmethod
    def answers(self, batch: Batch) -> Tensor | None:
        r"""The right :math:`y^\star_i` for each :math:`x_i` of one of this pair's batches, or None.

        A true map of :math:`x_i`, the known partner :math:`y_i`, or :math:`x_i` drawn again with one factor
        changed; None where no answer is the right one or none is known. A pure function of the batch, of the
        shape of ``batch.y``. For evaluation only: no objective may read it.
        """

    @abstractmethod
    def to(self, device: torch.device | str) -> DomainPair:
        """The same pair, its samples on ``device``."""


@dataclass(frozen=True)
class IndependentPair(DomainPair):
    r"""Unpaired domains: each batch draws :math:`x \sim \alpha` and :math:`y \sim \beta` independently.

    Args:
        source: the domain :math:`\alpha`.
        target: the domain :math:`\beta`.
        truth: the true map :math:`T^\star`, or None where no map is the right one or none is known.
    """

    source: Domain
    target: Domain
    truth: Callable[[Tensor], Tensor] | None = None

    @property
    def paired(self) -> bool:
        return False

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        check_request(index, size=size, split=split)
        x = self.source.draw(size, generator=stream(seed, index, split, "source"), split=split)
        y = self.target.draw(size, generator=stream(seed, index, split, "target"), split=split)
        return Batch(x.value, y.value, x.label, y.label, x.row)

    def answers(self, batch: Batch) -> Tensor | None:
        r""":math:`T^\star(x_i)`, where the true map is known."""
        return None if self.truth is None else self.truth(batch.x)

    def to(self, device: torch.device | str) -> IndependentPair:
        return replace(self, source=self.source.to(device), target=self.target.to(device))


@dataclass(frozen=True)
class Noise(Domain):
    r"""The prior :math:`N(0, I)` on :math:`\mathbb{R}^d`: the source domain of a GAN."""

    dimension: int
    device: torch.device | str = "cpu"

    def __post_init__(self) -> None:
        if self.dimension < 1:
            raise ValueError(f"noise needs a dimension of at least 1, got {self.dimension}")

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        return Draw(torch.randn(count, self.dimension, generator=generator).to(self.device))

    def to(self, device: torch.device | str) -> Noise:
        return replace(self, device=device)


@dataclass(frozen=True)
class Sampler(Domain):
    r"""A distribution given by a function that draws from it, such as a simulator.

    Training and test samples come from the same function, by other random streams.

    Args:
        function: from a count and a random generator on the CPU to so many samples, ``(count, *shape)``, or to a
            :class:`Draw` with labels too. All of its randomness must come from the generator.
        sample_shape: the shape of one sample.
        device: where the samples go.

    Raises:
        ValueError: when it draws, a function that returns another count or shape.
    """

    function: Callable[[int, torch.Generator], Tensor | Draw]
    sample_shape: tuple[int, ...]
    device: torch.device | str = "cpu"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.sample_shape

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        made = self.function(count, generator)
        made = made if isinstance(made, Draw) else Draw(made)
        made = made._replace(value=floating(made.value, name="what the function returned"))
        if tuple(made.value.shape) != (count, *self.shape):
            raise ValueError(
                f"the function was asked for {count} samples of shape {self.shape} and returned "
                f"{tuple(made.value.shape)}; let it return {(count, *self.shape)}, or correct sample_shape"
            )
        return Draw(*(None if t is None else t.to(self.device) for t in made))

    def to(self, device: torch.device | str) -> Sampler:
        return replace(self, device=device)


@dataclass(frozen=True)
class Samples(Domain):
    """The empirical distribution of stored samples: small data, held on the training device and indexed there.

    Args:
        train: samples to train on, ``(count, *shape)``; whole numbers become floating-point ones, and NumPy
            arrays tensors.
        test: samples kept apart for evaluation, or None where there are none: then the test split is not drawn.
            To measure on the training samples on purpose, give them here again.
        train_label: one class label per training sample, or None.
        test_label: likewise for the test samples.

    Raises:
        ValueError: an empty split, samples that are NaN or infinite, labels that are not one per sample, or splits
            of different shapes; and when a test split is drawn that is not there.
    """

    train: Tensor
    test: Tensor | None = None
    train_label: Tensor | None = None
    test_label: Tensor | None = None

    def __post_init__(self) -> None:
        for name in ("train", "test", "train_label", "test_label"):
            if (given := getattr(self, name)) is not None or name == "train":
                # Labels keep their type; numbers to learn from are floating-point ones.
                tensor = (real_tensor if name.endswith("label") else floating)(given, name=name)
                if tensor.ndim == 0:
                    raise ValueError(
                        f"{name} is one number, {tensor.item():g}, and no set of them; give (count, *shape)"
                    )
                # On the meta device there are no numbers to look at.
                if not (name.endswith("label") or tensor.is_meta):
                    check_finite(tensor, name=name)
                object.__setattr__(self, name, tensor)
        for name, value, label in (
            ("train", self.train, self.train_label),
            ("test", self.test, self.test_label),
        ):
            count = None if value is None else len(value)
            if count == 0:
                raise ValueError(f"the {name} split has no samples; a domain needs at least one")
            if label is not None and len(label) != count:
                raise ValueError(f"the {name} split has {count or 'no'} samples but {len(label)} labels")
        if self.test is not None and self.train.shape[1:] != self.test.shape[1:]:
            raise ValueError(
                f"training samples have shape {tuple(self.train.shape[1:])} but test samples "
                f"{tuple(self.test.shape[1:])}; resize one of them"
            )

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.train.shape[1:])

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        value, label = (self.train, self.train_label) if split == "train" else (self.test, self.test_label)
        if value is None:
            raise ValueError(
                f"these {len(self.train)} samples have no test split; keep some apart and give them as test=…, or "
                "give test=train to be measured on the training samples"
            )
        # Drawn with replacement: independent samples of the empirical distribution, as the formulas assume.
        index = torch.randint(len(value), (count,), generator=generator).to(value.device)
        row = index if split == "train" else index + len(self.train)
        return Draw(value[index], None if label is None else label[index], row)

    def to(self, device: torch.device | str) -> Samples:
        tensors = (self.train, self.test, self.train_label, self.test_label)
        return Samples(*(None if t is None else t.to(device) for t in tensors))


def stored_rows(batch: Batch) -> Tensor:
    """Which stored samples the sources of a batch are, to look up what else is known of them.

    Raises:
        ValueError: the batch does not say it.
    """
    if batch.x_row is None:
        raise ValueError(
            "the batch does not say which stored samples its x are, x_row is None; expected a batch as "
            "pair.batch(...) draws it, with x, y and x_row kept together"
        )
    return batch.x_row


def check_request(index: int, *, size: int, split: Split) -> None:
    """Refuse a batch that cannot be drawn, saying why."""
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; expected 'train' or 'test'")
    if size < 1:
        raise ValueError(f"a batch needs at least one sample, got size={size}")
    if index < 0:
        raise ValueError(f"batches are numbered from 0, got index={index}")


def stream(seed: int, index: int, split: Split, name: str) -> torch.Generator:
    """An independent CPU random stream for every (seed, index, split, name)."""
    key = hash_words(seed, index, SPLITS.index(split), *name.encode())
    return torch.Generator().manual_seed(key)


def hash_words(*words: int) -> int:
    """A 63-bit mix of integers (FNV-1a over 64-bit words, then a final avalanche); equal on every machine."""
    mask = 2**64 - 1
    value = 0xCBF29CE484222325
    for word in words:
        value = ((value ^ (word & mask)) * 0x100000001B3) & mask
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53), (33, 1)):
        value = ((value ^ (value >> shift)) * factor) & mask
    return value >> 1
