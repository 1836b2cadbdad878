"""A small classifier of codes."""

from __future__ import annotations

import pytest
import torch

from udtlib.evaluate.probe import probe_accuracy
from udtlib.types import Tensor


def blobs(count: int, *, seed: int, scale: float = 1.0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(3, (count,), generator=generator)
    centre = scale * torch.tensor([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
    return centre[label] + scale * torch.randn(count, 2, generator=generator), label


@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e4])
def test_separate_classes_are_read_at_any_scale(scale: float) -> None:
    score = probe_accuracy(
        blobs(600, seed=0, scale=scale), blobs(600, seed=1, scale=scale), seed=0, steps=200
    )
    assert score > 0.98


def test_codes_without_the_class_are_read_by_chance() -> None:
    label, other = blobs(3_000, seed=0)[1], blobs(3_000, seed=1)[1]
    x, y = torch.randn(2, 3_000, 2, generator=torch.Generator().manual_seed(2))
    assert 0.28 < probe_accuracy((x, label), (y, other), seed=0, steps=100) < 0.39


def test_the_seed_decides() -> None:
    first, second = (probe_accuracy(blobs(90, seed=0), blobs(90, seed=1), seed=3, steps=20) for _ in "12")
    assert first == second


def test_codes_without_classes_are_refused() -> None:
    x, y = blobs(10, seed=0)
    with pytest.raises(ValueError, match="10 codes and 9 classes"):
        probe_accuracy((x, y[:9]), (x, y), seed=0)
