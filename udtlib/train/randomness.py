"""The random states of a run: seeded for it, saved with it, and given back to the caller afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


@contextmanager
def kept_random_states() -> Iterator[None]:
    """Give the caller's random states back when the block ends, whatever was drawn or seeded inside."""
    before = random_states()
    try:
        yield
    finally:
        restore_random_states(before)


def seed_random(seed: int) -> None:
    """Seed torch (CPU and CUDA), NumPy and Python."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 (the legacy state is what third-party code draws from)
    random.seed(seed)


@contextmanager
def random_run(seed: int) -> Iterator[None]:
    """Everything random inside follows from ``seed``; the caller's states come back when the block ends."""
    with kept_random_states():
        seed_random(seed)
        yield


def random_states() -> dict[str, Any]:
    """All random states as tensors and plain numbers, so that a checkpoint needs no unpickling."""
    name, keys, position, has_gauss, gauss = np.random.get_state()  # noqa: NPY002
    version, internal, gauss_next = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
        "numpy": [name, torch.from_numpy(keys.astype(np.int64)), int(position), int(has_gauss), float(gauss)],
        "python": [version, list(internal), gauss_next],
    }


def restore_random_states(states: dict[str, Any]) -> None:
    """Put back what :func:`random_states` returned."""
    torch.set_rng_state(states["torch"])
    if states["cuda"]:
        torch.cuda.set_rng_state_all(states["cuda"])
    name, keys, position, has_gauss, gauss = states["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, gauss))  # noqa: NPY002
    version, internal, gauss_next = states["python"]
    random.setstate((version, tuple(internal), gauss_next))
