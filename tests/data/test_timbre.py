"""Phrases of music from a folder, and the scores of translations between instruments."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from udtlib.data import timbre
from udtlib.data.formats import DataError
from udtlib.data.timbre import INSTRUMENTS, TimbrePair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.instruments.timbre import taken_for, timbre_scores, train_listener
from udtlib.translators.base import Translator

#: Phrases, of which 30 are for training.
PHRASES = 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Noise, louder in the bands of the instrument; the same noise for all, as notes are."""
    generator = np.random.default_rng(0)
    notes = generator.integers(0, 40, (PHRASES, 64, 64))
    arrays = {}
    for k, name in enumerate(INSTRUMENTS):
        loud = np.zeros((64, 1), dtype=int)
        loud[10 * k : 10 * k + 10] = 150
        arrays[name] = (notes + loud).astype(np.uint8)
    np.savez_compressed(tmp_path / "spectrograms.npz", **arrays)
    splits = ["test"] * 5 + ["val"] * 5 + ["train"] * 30
    with (tmp_path / "index.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["i", "split", "n_notes"], *([i, s, 1] for i, s in enumerate(splits))])
    for cache in (timbre.phrases_of, timbre.spectrograms, timbre.kept, train_listener):
        cache.cache_clear()
    return tmp_path


def test_no_phrase_is_played_by_both_in_training(folder: Path) -> None:
    pair = TimbrePair(folder=folder)
    x, y = (set(pair.numbers(side, split="train").tolist()) for side in ("source", "target"))
    assert len(x) == len(y) == 15
    assert x | y == set(range(10, 40))
    assert set(pair.batch(3, size=50, seed=1).x_row.tolist()) <= x
    assert pair.whole("test").x_row.tolist() == [0, 1, 2, 3, 4]
    assert not pair.paired


def test_a_batch_follows_from_its_arguments_and_knows_its_answers(folder: Path) -> None:
    pair = TimbrePair("flute", "guitar", folder=folder)
    first, again = (pair.batch(2, size=7, seed=5) for _ in "ab")
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True) if a is not None)
    assert first.x.shape == first.y.shape == (7, 1, 64, 64)
    stored = np.load(folder / "spectrograms.npz")["guitar"][first.x_row.numpy()]
    assert torch.equal(pair.answers(first)[:, 0], torch.from_numpy(stored).float() * (2 / 255) - 1)
    with pytest.raises(ValueError, match="does not say which phrases"):
        pair.answers(first._replace(x_row=None))


def test_the_listener_knows_the_instruments(folder: Path) -> None:
    pair = TimbrePair(folder=folder)
    batch = pair.whole("test")
    assert taken_for(batch.x, "piano", folder=folder) == 1
    assert taken_for(batch.x, "violin", folder=folder) == 0


def test_the_truth_is_best_and_the_source_changes_nothing(folder: Path) -> None:
    pair = TimbrePair(folder=folder)
    truth, same = (
        {name: value for _, name, value in timbre_scores(each, pair)} for each in (right_answers, untouched)
    )
    assert truth["T: taken for the instrument"] == 1
    assert truth["T: energy distance of loudness"] == pytest.approx(0, abs=1e-9)
    assert truth["T: partner found"] == 100
    assert truth["T: dB from the right answer"] == 0
    assert same["T: taken for the instrument"] == 0
    assert same["T: dB changed"] == 0
    # two instruments differ by 150 of 255 steps of 75 decibels in 20 of 64 bands
    assert same["T: dB from the right answer"] == pytest.approx(75 * 150 / 255 * 20 / 64, rel=1e-4)


def test_one_way_alone_is_scored_too(folder: Path) -> None:
    class Same(Translator):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    pair = TimbrePair(folder=folder)
    assert list(timbre_scores(Same(), pair)) == list(timbre_scores(untouched, pair))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": "organ"}, "nobody plays 'organ'; expected one of piano"),
        ({"target": "piano"}, "are both 'piano'; choose another target: guitar"),
    ],
)
def test_instruments_that_do_not_go_are_refused(folder: Path, options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TimbrePair(**options, folder=folder)


def test_sides_and_splits_that_do_not_exist_are_refused(folder: Path) -> None:
    pair = TimbrePair(folder=folder)
    with pytest.raises(ValueError, match="expected 'source' or 'target'"):
        pair.numbers("x", split="train")
    with pytest.raises(ValueError, match="expected one of train, val, test"):
        pair.whole("all")


def test_without_the_folder_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UDT_DATA_DIR", raising=False)
    with pytest.raises(DataError, match=r"set UDT_DATA_DIR to a folder that has timbre/spectrograms\.npz"):
        TimbrePair()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def without(folder: Path, name: str) -> None:
    arrays = dict(np.load(folder / "spectrograms.npz"))
    arrays.pop(name)
    np.savez_compressed(folder / "spectrograms.npz", **arrays)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "index.csv").unlink(), "cannot be read"),
        (lambda folder: (folder / "index.csv").write_text("a,b\n1,2\n"), "no column or number i and split"),
        (lambda folder: (folder / "index.csv").write_text("i,split\n1,test\n"), "names no train phrase"),
        (lambda folder: (folder / "spectrograms.npz").unlink(), "cannot be read"),
        (lambda folder: cut_off(folder / "spectrograms.npz"), "cannot be read"),
        (lambda folder: without(folder, "piano"), "has no array 'piano'"),
        (
            lambda folder: np.savez(
                folder / "spectrograms.npz", piano=np.zeros((3, 64, 64), np.uint8), violin=np.zeros(3)
            ),
            r"expected uint8 of shape \(40, 64, 64\)",
        ),
    ],
)
def test_damaged_files_are_named(folder: Path, change, words: str) -> None:
    change(folder)
    with pytest.raises(DataError, match=words):
        TimbrePair(folder=folder).batch(0, size=2, seed=0)
