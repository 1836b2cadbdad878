"""CelebA's text files: read strictly, and refused with the line that is wrong."""

from pathlib import Path

import numpy as np
import pytest

from udtlib.data.celeba_files import (
    OFFICIAL_COUNTS,
    Attributes,
    column_of,
    cut_officially,
    read_attributes,
    read_split,
)
from udtlib.data.formats import DataError

#: Some of the real names among forty.
NAMES = ("Eyeglasses", "Male", *(f"Trait_{k}" for k in range(38)))
COUNT = 12
VALUE = np.arange(COUNT)[:, None] % np.arange(1, 41) == 0
FIRST = "000001.jpg"


def name_of(index: int) -> str:
    return f"{index + 1:06d}.jpg"


def attribute_text(*, names: tuple[str, ...] = NAMES) -> str:
    rows = [
        f"{name_of(index)} " + " ".join(f"{1 if each else -1:2d}" for each in row)
        for index, row in enumerate(VALUE)
    ]
    return "\n".join([str(COUNT), " ".join(names) + " ", *rows]) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An attribute file of a few images."""
    made = tmp_path / "list_attr_celeba.txt"
    made.write_text(attribute_text())
    return made


def test_the_official_shares_of_the_complete_set_are_the_official_counts() -> None:
    names = tuple(name_of(index) for index in range(sum(OFFICIAL_COUNTS)))
    split = cut_officially(Attributes(names, NAMES, np.zeros((0, 40), dtype=bool)))
    assert np.bincount(split).tolist() == list(OFFICIAL_COUNTS)
    assert (np.diff(split) >= 0).all()
    shuffled = cut_officially(Attributes(names[::-1], NAMES, np.zeros((0, 40), dtype=bool)))
    assert (shuffled == split[::-1]).all()


def test_attributes_are_read(path: Path) -> None:
    attributes = read_attributes(path)
    assert attributes.name == NAMES
    assert attributes.image == tuple(name_of(index) for index in range(COUNT))
    assert attributes.value.tolist() == VALUE.tolist()


def test_windows_line_ends_do_no_harm(path: Path) -> None:
    expected = read_attributes(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert read_attributes(path).image == expected.image
    assert (read_attributes(path).value == expected.value).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "list_attr_celeba.txt is empty; copy the official file"),
        ("12", "starts with '12' and 0 names; expected the number of images and 40"),
        (attribute_text(names=NAMES[:39]), "starts with '12' and 39 names"),
        (attribute_text(names=(*NAMES[:39], "Male")), "39 names; expected .* 40 different"),
        ("many" + attribute_text()[2:], "starts with 'many'"),
        ("13" + attribute_text()[2:], "states 13 images but lists 12; .* broken off"),
        (attribute_text().replace(f"{FIRST}  1", f"{FIRST}  0"), "line 3 of .* each -1 or 1"),
        (attribute_text().replace(f"{FIRST}  1", f"{FIRST} "), "line 3 of .* 40 values"),
        (attribute_text().replace(FIRST, f"../{FIRST}"), "line 3 of .* bare name of an image"),
        (attribute_text().replace(FIRST, f"\n{FIRST}").replace("12\n", "13\n", 1), "line 3 of .* is ''"),
    ],
)
def test_damaged_attribute_files_are_refused(path: Path, text: str, message: str) -> None:
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_attributes(path)


def test_a_missing_or_binary_attribute_file_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as text"):
        read_attributes(path)
    path.unlink()
    with pytest.raises(DataError, match=r"list_attr_celeba.txt does not exist; copy it"):
        read_attributes(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("000001.jpg 3\n", "line 1 of .* is '000001.jpg 3'; expected the name of an image and 0, 1 or 2"),
        ("000001.jpg 0\n000002.jpg\n", "line 2 of"),
        ("000001.jpg 0\n", "does not say to which part 000002.jpg belongs; .* or remove it"),
        ("", "list_eval_partition.txt is empty"),
    ],
)
def test_damaged_partitions_are_refused(path: Path, text: str, message: str) -> None:
    partition = path.with_name("list_eval_partition.txt")
    partition.write_text(text)
    with pytest.raises(DataError, match=message):
        read_split(partition, read_attributes(path))


def test_the_partition_goes_by_names(path: Path) -> None:
    """In whatever order, with images that the attribute file does not list."""
    partition = path.with_name("list_eval_partition.txt")
    lines = [f"{name_of(index)} {index % 3}" for index in range(COUNT + 5)]
    partition.write_text("\n".join(lines[::-1]))
    assert read_split(partition, read_attributes(path)).tolist() == [index % 3 for index in range(COUNT)]


def test_without_the_partition_the_official_shares_are_cut(path: Path) -> None:
    split = read_split(path.with_name("nowhere.txt"), read_attributes(path))
    assert split.tolist() == [0] * 10 + [1] + [2]


def test_an_unknown_attribute_names_its_neighbours(path: Path) -> None:
    attributes = read_attributes(path)
    assert column_of("Male", attributes) == 1
    with pytest.raises(ValueError, match=r"no attribute 'eye_glasses'; did you mean Eyeglasses"):
        column_of("eye_glasses", attributes)
    with pytest.raises(ValueError, match=r"no attribute '\?'; expected one of Eyeglasses, Male"):
        column_of("?", attributes)
