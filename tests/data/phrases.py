"""A folder of phrases of music that nobody played."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from udtlib.data.timbre import INSTRUMENTS

#: Phrases, of which 5 are for testing and 30 for training.
PHRASES = 40


def made_up_phrases(folder: Path) -> Path:
    """Noise, louder in the bands of the instrument; the same noise for all, as notes are."""
    generator = np.random.default_rng(0)
    notes = generator.integers(0, 40, (PHRASES, 64, 64))
    arrays = {}
    for k, name in enumerate(INSTRUMENTS):
        loud = np.zeros((64, 1), dtype=int)
        loud[10 * k : 10 * k + 10] = 150
        arrays[name] = (notes + loud).astype(np.uint8)
    np.savez_compressed(folder / "spectrograms.npz", **arrays)
    splits = ["test"] * 5 + ["val"] * 5 + ["train"] * 30
    with (folder / "index.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["i", "split", "n_notes"], *([i, s, 1] for i, s in enumerate(splits))])
    return folder
