"""CelebA from a folder, on a tiny folder that the tests make: image i is a plain colour that tells i."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from udtlib.data.celeba import celeba_pair, load_celeba, read_face
from udtlib.data.files import VARIABLE
from udtlib.data.formats import DataError

#: Some of the real names among forty.
NAMES = ("Eyeglasses", "Male", "Blond_Hair", "Black_Hair", *(f"Trait_{k}" for k in range(36)))
COUNT = 12
#: Eight to train on, two to validate on, two to test on.
PARTS = (0,) * 8 + (1,) * 2 + (2,) * 2


def has(index: int, name: str) -> bool:
    """Every second face has glasses, every third is recorded as male; half are blond, half black-haired."""
    values = {
        "Eyeglasses": index % 2 == 0,
        "Male": index % 3 == 1,
        "Blond_Hair": index < 6,
        "Black_Hair": index >= 6,
    }
    return values.get(name, False)


def name_of(index: int) -> str:
    return f"{index + 1:06d}.jpg"


def grey_of(index: int) -> int:
    return 20 * index


def attribute_text(count: int = COUNT, *, names: tuple[str, ...] = NAMES) -> str:
    rows = [
        f"{name_of(index)} " + " ".join(f"{1 if has(index, name) else -1:2d}" for name in names)
        for index in range(count)
    ]
    return "\n".join([str(count), " ".join(names) + " ", *rows]) + "\n"


def save(path: Path, *, grey: int, size: tuple[int, int] = (178, 218)) -> None:
    """A grey square with a red band above it and a blue one below, which the crop must cut off."""
    pixels = np.full((size[1], size[0], 3), grey, dtype=np.uint8)
    # Bands of whole blocks of 16 pixels, so that the JPEG does not let them bleed.
    pixels[:16], pixels[-10:] = (255, 0, 0), (0, 0, 255)
    Image.fromarray(pixels).save(path, quality=95, subsampling=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The complete little data set."""
    made = tmp_path / "celeba"
    (made / "img_align_celeba").mkdir(parents=True)
    for index in range(COUNT):
        save(made / "img_align_celeba" / name_of(index), grey=grey_of(index))
    (made / "list_attr_celeba.txt").write_text(attribute_text())
    rows = [f"{name_of(index)} {part}\n" for index, part in enumerate(PARTS)]
    (made / "list_eval_partition.txt").write_text("".join(rows))
    return made


def which(faces: torch.Tensor) -> list[int]:
    """The numbers of plain faces."""
    return [round((v + 1) * 127.5 / 20) for v in faces.mean((1, 2, 3)).tolist()]


def test_faces_with_and_without(folder: Path) -> None:
    pair = celeba_pair("Eyeglasses", size=16, folder=folder)
    assert which(pair.source.train) == [0, 2, 4, 6]
    assert which(pair.target.train) == [1, 3, 5, 7]
    assert which(pair.source.test) == [10]
    assert which(pair.target.test) == [11]
    assert pair.source.train_label.tolist() == [1] * 4
    assert pair.target.test_label.tolist() == [0]
    assert not pair.paired


def test_a_batch_is_images_with_their_label(folder: Path) -> None:
    batch = celeba_pair("Male", size=32, folder=folder).batch(0, size=5, seed=0)
    assert batch.x.shape == batch.y.shape == (5, 3, 32, 32)
    assert batch.x.dtype == torch.float32
    assert batch.x_label.tolist() == [1] * 5
    assert batch.y_label.tolist() == [0] * 5
    assert all(i % 3 == 1 for i in which(batch.x))
    assert all(i % 3 != 1 for i in which(batch.y))


def test_other_pairs_are_made_of_two_loads(folder: Path) -> None:
    # Nobody blond is in the test part, so that these faces are split anew.
    (folder / "list_eval_partition.txt").write_text(
        "".join(f"{name_of(index)} {2 * (index % 2)}\n" for index in range(COUNT))
    )
    blond = load_celeba("Blond_Hair", value=True, size=8, folder=folder)
    black = load_celeba("Black_Hair", value=True, size=8, folder=folder)
    assert which(blond.train) == [0, 2, 4]
    assert which(black.train) == [6, 8, 10]
    assert which(black.test) == [7, 9, 11]


def test_counts_limit_each_side(folder: Path) -> None:
    pair = celeba_pair(size=8, count=2, test=1, folder=folder)
    assert which(pair.source.train) == [0, 2]
    assert (len(pair.target.train), len(pair.target.test)) == (2, 1)


@pytest.mark.parametrize("size", [1, 16, 64, 178, 200])
def test_the_central_square_is_kept_and_resampled(folder: Path, size: int) -> None:
    face = read_face(folder / "img_align_celeba" / name_of(5), size=size)
    assert face.shape == (size, size, 3)
    assert face.dtype == np.uint8
    # The red and blue bands are gone; JPEG is off by a step or two.
    assert np.abs(face.astype(int) - grey_of(5)).max() <= 3


def test_the_crop_is_centred(tmp_path: Path) -> None:
    pixels = np.zeros((218, 178, 3), dtype=np.uint8)
    pixels[20:109] = 255
    Image.fromarray(pixels).save(tmp_path / "half.jpg", quality=100)
    face = read_face(tmp_path / "half.jpg", size=178)
    assert face[:85].min() > 240
    assert face[93:].max() < 15


def test_resampling_is_antialiased(tmp_path: Path) -> None:
    """Columns that alternate between black and white become grey; picking pixels would keep them apart."""
    pixels = np.zeros((218, 178, 3), dtype=np.uint8)
    pixels[:, ::2] = 255
    Image.fromarray(pixels).save(tmp_path / "stripes.jpg", quality=100, subsampling=0)
    inner = read_face(tmp_path / "stripes.jpg", size=32)[:, 2:-2].astype(int)
    assert np.abs(inner - 127).max() < 8


def test_values_reach_from_minus_one_to_one(folder: Path) -> None:
    save(folder / "img_align_celeba" / name_of(2), grey=255)
    train = load_celeba("Eyeglasses", value=True, size=8, folder=folder).train
    assert train[0].max() <= -0.97
    assert train[1].min() >= 0.97
    assert train.abs().max() <= 1
    assert train.is_contiguous()


def test_grey_jpegs_become_colour_images(folder: Path) -> None:
    Image.new("L", (178, 218), 51).save(folder / "img_align_celeba" / name_of(0))
    face = read_face(folder / "img_align_celeba" / name_of(0), size=4)
    assert face.shape == (4, 4, 3)
    assert np.abs(face.astype(int) - 51).max() <= 1


def test_the_archive_is_unpacked_once(folder: Path) -> None:
    expected = celeba_pair(size=8, folder=folder).source.train
    with zipfile.ZipFile(folder / "img_align_celeba.zip", "w") as archive:
        for path in sorted((folder / "img_align_celeba").iterdir()):
            archive.write(path, f"img_align_celeba/{path.name}")
            path.unlink()
    (folder / "img_align_celeba").rmdir()
    assert torch.equal(celeba_pair(size=8, folder=folder).source.train, expected)
    (folder / "img_align_celeba.zip").unlink()
    assert torch.equal(celeba_pair(size=8, folder=folder).source.train, expected)


def test_a_broken_archive_is_refused(folder: Path) -> None:
    for path in (folder / "img_align_celeba").iterdir():
        path.unlink()
    (folder / "img_align_celeba").rmdir()
    (folder / "img_align_celeba.zip").write_bytes(b"PK\3\4 no archive")
    with pytest.raises(DataError, match=r"img_align_celeba.zip is no complete archive"):
        celeba_pair(folder=folder)


def test_the_folder_comes_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(folder.parent))
    assert which(celeba_pair(size=8).source.train) == [0, 2, 4, 6]
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(DataError, match=r"set UDT_DATA_DIR to a folder that has celeba/list_attr_celeba.txt"):
        celeba_pair()


def test_without_the_partition_images_are_cut_at_the_official_shares(folder: Path) -> None:
    (folder / "list_eval_partition.txt").unlink()
    black = load_celeba("Black_Hair", value=True, size=8, folder=folder)
    assert which(black.train) == [6, 7, 8, 9]
    assert which(black.test) == [11]
    with pytest.raises(DataError, match=r"none of the 1 test images of .* has Eyeglasses = 1"):
        celeba_pair(folder=folder)


def test_an_unknown_attribute_names_its_neighbours(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"no attribute 'eye_glasses'; did you mean Eyeglasses"):
        celeba_pair("eye_glasses", folder=folder)


def test_a_folder_without_attributes_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere.list_attr_celeba.txt does not exist; copy it"):
        celeba_pair(folder=folder / "nowhere")


def test_an_empty_folder_of_images_is_refused(folder: Path) -> None:
    for path in (folder / "img_align_celeba").iterdir():
        path.unlink()
    with pytest.raises(DataError, match=r"img_align_celeba has no \*.jpg; put the aligned images there, or"):
        celeba_pair(folder=folder)


def test_a_listed_image_that_is_missing_is_named(folder: Path) -> None:
    (folder / "img_align_celeba" / name_of(4)).unlink()
    with pytest.raises(DataError, match=r"000005.jpg does not exist, though list_attr_celeba.txt lists it"):
        celeba_pair(folder=folder)
    # What is not asked for is not opened.
    assert which(celeba_pair(size=8, count=2, folder=folder).source.train) == [0, 2]


@pytest.mark.parametrize("keep", [0, 10, 300, -40])
def test_a_truncated_image_is_named(folder: Path, keep: int) -> None:
    path = folder / "img_align_celeba" / name_of(0)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"000001.jpg is no complete JPEG file .*; copy it again"):
        celeba_pair(folder=folder)


def test_images_of_another_size_are_refused(folder: Path) -> None:
    save(folder / "img_align_celeba" / name_of(0), grey=0, size=(218, 178))
    with pytest.raises(DataError, match=r"000001.jpg has 218 × 178 pixels; expected 178 × 218"):
        celeba_pair(folder=folder)


@pytest.mark.parametrize("name", ["size", "count", "test"])
def test_numbers_below_one_are_refused(folder: Path, name: str) -> None:
    with pytest.raises(ValueError, match="size, count and test must be at least 1"):
        celeba_pair(folder=folder, **{name: 0})


def test_a_part_without_such_faces_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match=r"none of the 8 training images of .*celeba has Trait_3 = 1"):
        celeba_pair("Trait_3", folder=folder)
