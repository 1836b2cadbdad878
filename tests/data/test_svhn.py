"""SVHN from a folder: read as published, and asked for by name where it is missing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import savemat

from udtlib.data.files import VARIABLE
from udtlib.data.formats import DataError
from udtlib.data.svhn import FILES, PAGE, load_svhn, svhn_pair


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five training and three test images; image i is filled with 50 i, its label is 10, 1, 2, …"""
    place = tmp_path / "svhn"
    place.mkdir()
    for name, count in zip(FILES, (5, 3), strict=True):
        write(place / name, count)
    return place


def write(path: Path, count: int) -> None:
    image = np.broadcast_to((50 * np.arange(count)).astype(np.uint8), (32, 32, 3, count)).copy()
    label = np.array([[10], *([i] for i in range(1, count))], np.uint8).reshape(-1, 1)[:count]
    savemat(path, {"X": image, "y": label})


def test_numbers_beside_digits(folder: Path) -> None:
    pair = svhn_pair(folder=folder, source="embedded")
    batch = pair.batch(0, size=50, seed=0)
    assert batch.x.shape == batch.y.shape == (50, 3, 32, 32)
    torch.testing.assert_close(batch.x[:, 1, 3, 4], batch.x_label * 100 / 255 - 1)
    assert set(batch.x_label.tolist()) == {0, 1, 2, 3, 4}
    assert set(batch.y_label.tolist()) <= set(range(10))
    assert torch.equal(batch.y[:, 0], batch.y[:, 2])
    assert not pair.paired
    assert pair.answers(batch) is None


def test_colours_and_rows_keep_their_places(folder: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 2), dtype=np.uint8)
    savemat(folder / FILES[0], {"X": image, "y": np.array([[3], [10]], np.uint8)})
    numbers = load_svhn(folder=folder)
    expected = torch.from_numpy(image).permute(3, 2, 0, 1).float() * 2 / 255 - 1
    torch.testing.assert_close(numbers.train, expected)
    assert numbers.train_label.tolist() == [3, 0]


def test_other_sizes_and_counts(folder: Path) -> None:
    pair = svhn_pair(size=16, count=2, test=1, channels=1, source="embedded", folder=folder)
    assert (len(pair.source.train), len(pair.source.test)) == (2, 1)
    assert pair.source.shape == (3, 16, 16)
    assert pair.target.shape == (1, 16, 16)
    torch.testing.assert_close(pair.source.train[1], torch.full((3, 16, 16), 100 / 255 - 1))


def test_the_data_folder_is_the_default(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(folder.parent))
    assert len(load_svhn().train) == 5
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(DataError, match=f"set {VARIABLE} to a folder that has svhn/train_32x32.mat"):
        load_svhn()


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named_with_its_page_and_licence(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError) as caught:
        svhn_pair(folder=folder, source="embedded")
    message = str(caught.value)
    for part in (f"{folder} has no {name}", PAGE, "non-commercial"):
        assert part in message
    assert all(other not in message for other in FILES if other != name)


def test_a_damaged_or_an_empty_file_is_named(folder: Path) -> None:
    write(folder / FILES[1], 0)
    with pytest.raises(DataError, match=r"test_32x32\.mat holds no images; download both from http"):
        load_svhn(folder=folder)
    (folder / FILES[0]).write_bytes(b"half")
    with pytest.raises(DataError, match=r"train_32x32\.mat is no readable MATLAB 5 file"):
        load_svhn(folder=folder)


@pytest.mark.parametrize("options", [{"size": 0}, {"count": 0}, {"test": -1}])
def test_counts_below_one_are_refused(folder: Path, options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        load_svhn(folder=folder, **options)


def test_other_channels_are_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="got channels=2"):
        svhn_pair(folder=folder, source="embedded", channels=2)
