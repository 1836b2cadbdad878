"""Photographs of fruit from a folder in the layout of its index."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from udtlib.data import fruit
from udtlib.data.formats import DataError
from udtlib.data.fruit import fruit_pair, fruit_photographs, full_turn, read_index, turns

HEAD = ["sheet", "tile", "split", "class", "variety", "axis", "frame", "phase", "mean_r", "mean_g", "mean_b"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two apples and two tomatoes of thirteen plain tiles each; the tile's number is its red."""
    (tmp_path / "sheets").mkdir()
    rows = []
    for green, (kind, split) in enumerate(
        [("Apple", "training"), ("Apple", "test"), ("Tomato", "training"), ("Tomato", "test")]
    ):
        sheet = np.full((200, 1100, 3), 255, dtype=np.uint8)
        for k in range(13):
            top, left = k // 11 * 100, k % 11 * 100
            sheet[top : top + 100, left : left + 100] = (k, 10 * green, 0)
            rows.append([f"{kind}_{split}.webp", k, split, kind, f"{kind} 1", "r0", 6 * k, k / 13, 0, 0, 0])
        Image.fromarray(sheet).save(tmp_path / "sheets" / f"{kind}_{split}.webp", lossless=True)
    with (tmp_path / "index.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    fruit.read_sheet.cache_clear()
    read_index.cache_clear()
    return tmp_path


def test_every_photograph_is_its_tile(folder: Path) -> None:
    apples = fruit_photographs("apple", size=100, folder=folder)
    assert apples.train.shape == apples.test.shape == (13, 3, 100, 100)
    red = torch.arange(13) * 2 / 255 - 1
    for part, green in ((apples.train, 0), (apples.test, 10)):
        torch.testing.assert_close(part[:, 0].mean((1, 2)), red)
        torch.testing.assert_close(part[:, 1], torch.full((13, 100, 100), green * 2 / 255 - 1))
    assert apples.train_label.tolist() == [0] * 13


def test_a_smaller_one_is_the_same_picture(folder: Path) -> None:
    tomatoes = fruit_photographs("tomato", size=32, folder=folder)
    assert tomatoes.test.shape == (13, 3, 32, 32)
    torch.testing.assert_close(tomatoes.test[12, 0], torch.full((32, 32), 12 * 2 / 255 - 1))


def test_a_pair_knows_no_answers(folder: Path) -> None:
    pair = fruit_pair(size=16, folder=folder)
    batch = pair.batch(0, size=5, seed=0)
    assert pair.answers(batch) is None
    assert set(batch.x_label.tolist()) | set(batch.y_label.tolist()) == {0, 1}


def test_without_the_folder_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UDT_DATA_DIR", raising=False)
    with pytest.raises(
        DataError, match=r"CC BY-SA 4\.0.*set UDT_DATA_DIR to a folder that has fruit/index\.csv"
    ):
        fruit_pair()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": "pear"}, "there is no fruit 'pear'"),
        ({"source": "tomato"}, "are both 'tomato'"),
        ({"size": 101}, "give a size from 8 to 100, got 101"),
        ({"size": 4}, "give a size from 8 to 100, got 4"),
        ({"target": "cherry"}, "names no train photograph of a fruit 'cherry'"),
    ],
)
def test_what_there_is_not_is_refused(folder: Path, options: dict, words: str) -> None:
    with pytest.raises((ValueError, DataError), match=words):
        fruit_pair(**{"folder": folder, **options})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "index.csv").unlink(), "cannot be read"),
        (lambda folder: (folder / "index.csv").write_text("a,b\n1,2\n"), "has no column 'sheet'"),
        (lambda folder: (folder / "index.csv").write_text(""), "lists nothing"),
        (lambda folder: replaced(folder, ",training,", ",none,"), "an entry that is none"),
        (lambda folder: replaced(folder, ".webp,12,", ".webp,99,"), "has no tile 99: its size is 1100 × 200"),
        (lambda folder: replaced(folder, "Apple_training.webp", "../a.webp"), "outside of its folder"),
        (lambda folder: (folder / "sheets" / "Apple_test.webp").write_bytes(b"no image"), "Apple_test.webp"),
    ],
)
def test_damaged_files_are_named(folder: Path, change, words: str) -> None:
    change(folder)
    with pytest.raises(DataError, match=words):
        fruit_pair(folder=folder)


def replaced(folder: Path, old: str, new: str) -> None:
    path = folder / "index.csv"
    path.write_text(path.read_text().replace(old, new))


def test_a_turn_is_in_its_order(folder: Path) -> None:
    turn = full_turn("Tomato 1", "r0", size=100, folder=folder)
    # Both parts of this folder call their fruit the same.
    assert turn.shape == (26, 3, 100, 100)
    red = turn[:, 0].mean((1, 2))
    assert (red.diff() >= -1e-6).all()


def test_a_turn_that_hides_the_stem_is_none(folder: Path) -> None:
    index = folder / "index.csv"
    index.write_text(index.read_text("utf-8").replace("Apple 1,r0", "Apple 1,u0"), "utf-8")
    read_index.cache_clear()
    assert turns("apple", folder=folder) == []
    assert turns("tomato", folder=folder) == [("Tomato 1", "r0")]


def test_turns_show_the_stem_and_are_long_enough(folder: Path) -> None:
    assert turns("apple", folder=folder) == [("Apple 1", "r0")]
    assert turns("apple", least=27, folder=folder) == []
    assert turns("cherry", folder=folder) == []
    with pytest.raises(ValueError, match="there is no fruit 'pear'"):
        turns("pear", folder=folder)


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (("Tomato 1", "r"), "no turn of 'Tomato 1' about 'r'; its axes are r0"),
        (("Pear 1", "r"), "the index names no such variety"),
    ],
)
def test_a_turn_that_there_is_not_is_refused(folder: Path, turn: tuple[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        full_turn(*turn, folder=folder)
