"""Phrases of music from a folder, and the scores of translations between instruments."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.data.phrases import made_up_phrases
from udtlib.data import timbre
from udtlib.data.formats import DataError
from udtlib.data.timbre import TimbrePair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.instruments.timbre import bands_too_high, ladders_agree, taken_for, timbre_scores, train_listener
from udtlib.translators.base import Translator


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for cache in (timbre.phrases_of, timbre.spectrograms, timbre.kept, train_listener):
        cache.cache_clear()
    return made_up_phrases(tmp_path)


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


def test_lines_in_gaps_are_told_from_lines_in_their_places() -> None:
    comb = torch.zeros(2, 1, 64, 64)
    comb[:, :, ::8] = 1
    louder = 0.5 * comb + torch.linspace(-1, 1, 64)[:, None]
    assert ladders_agree(louder, comb) == pytest.approx(1, abs=0.1)
    assert ladders_agree(-comb, comb) == pytest.approx(-1, abs=1e-4)
    assert abs(ladders_agree(comb.roll(4, 2), comb)) < 0.2


@pytest.mark.parametrize("up", [-3, 0, 1, 5])
def test_a_common_shift_is_found(up: int) -> None:
    right = torch.zeros(2, 1, 64, 64)
    right[:, :, [12, 25, 33, 47]] = 1
    assert bands_too_high(right.roll(-up, 2), right) == up


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
