"""The embedded subsets and the domains made of them."""

import hashlib
import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from udtlib.data import images
from udtlib.data.digits import load_digits, noise_to_digits
from udtlib.data.fashion import KINDS, load_fashion
from udtlib.data.files import VARIABLE, read_images
from udtlib.data.formats import DataError
from udtlib.data.images import embedded_manifest, read_embedded, to_grey
from udtlib.data.official import FILE_SETS, MNIST

ROOT = Path(__file__).resolve().parents[2]
EMBEDDED = ROOT / "udtlib" / "data" / "embedded"
LIMIT = 3_500_000

sets = pytest.mark.parametrize("name", list(FILE_SETS))
needs_official = pytest.mark.skipif(
    VARIABLE not in os.environ, reason=f"needs the official files in {VARIABLE}"
)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """tools/make_subset.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("make_subset", ROOT / "tools" / "make_subset.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@sets
def test_embedded_files_are_those_of_the_manifest(name: str) -> None:
    entry = embedded_manifest()[name]
    content = (EMBEDDED / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert len(content) == entry["bytes"]
    assert entry["made_from"] == {file.name: file.sha256 for file in FILE_SETS[name].files}
    assert entry["licence"] == FILE_SETS[name].licence
    assert entry["file"] in (EMBEDDED / "README.md").read_text("utf-8")


def test_the_embedded_data_are_small() -> None:
    assert sum(path.stat().st_size for path in EMBEDDED.iterdir()) < LIMIT


@sets
def test_embedded_counts(name: str) -> None:
    arrays = read_embedded(name)
    for split, counts in embedded_manifest()[name]["counts"].items():
        image, label = arrays[f"{split}_image"], arrays[f"{split}_label"]
        assert image.dtype == label.dtype == np.uint8
        assert image.shape == (len(label), 28, 28)
        assert {str(c): n for c, n in zip(*np.unique(label, return_counts=True), strict=True)} == counts
        assert len(np.unique(image.reshape(len(image), -1), axis=0)) > 0.999 * len(image)


@sets
def test_training_and_test_images_are_disjoint(name: str) -> None:
    arrays = read_embedded(name)
    train, test = ({each.tobytes() for each in arrays[f"{split}_image"]} for split in ("train", "test"))
    assert not train & test


@needs_official
@sets
def test_the_tool_makes_the_embedded_arrays_again(name: str, tool: ModuleType) -> None:
    made, stored = tool.subset(FILE_SETS[name]), read_embedded(name)
    assert list(made) == list(stored)
    for key, array in made.items():
        np.testing.assert_array_equal(array, stored[key])


def test_packing_is_deterministic_and_read_by_numpy(tool: ModuleType, tmp_path: Path) -> None:
    arrays = {"a": np.arange(6, dtype=np.uint8).reshape(2, 3), "b": np.zeros(3)}
    content = tool.pack(arrays)
    assert content == tool.pack(arrays)
    (tmp_path / "x.npz").write_bytes(content)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as back:
        assert {key: back[key].tolist() for key in back} == {key: a.tolist() for key, a in arrays.items()}


def test_subsets_are_spaced_evenly(tool: ModuleType) -> None:
    label = np.array([1, 0] * 10)
    assert tool.spaced(label, counts={0: 5, 1: 2}).tolist() == [0, 1, 5, 9, 10, 13, 17]
    assert tool.spaced(label, counts={1: 10}).tolist() == list(range(0, 20, 2))
    with pytest.raises(ValueError, match="class 1 has 10 images, 11 were asked for"):
        tool.spaced(label, counts={1: 11})


@pytest.mark.parametrize("size", [28, 32, 14])
def test_digits_are_grey_images_with_labels(size: int) -> None:
    digits = load_digits(size=size)
    assert digits.shape == (1, size, size)
    assert (len(digits.train), len(digits.test)) == (10_000, 2_000)
    for value, label in ((digits.train, digits.train_label), (digits.test, digits.test_label)):
        assert value.dtype == torch.float32
        assert label.dtype == torch.int64
        assert label.bincount().tolist() == [len(label) // 10] * 10
        assert value.min() == -1
        assert 0.9 < value.max() <= 1


def test_digits_keep_their_bytes() -> None:
    digits, arrays = load_digits(), read_embedded("mnist")
    back = ((digits.train[:, 0] + 1) * 127.5).round().byte().numpy()
    np.testing.assert_array_equal(back, arrays["train_image"])
    assert digits.train_label.tolist() == arrays["train_label"].tolist()
    # Evenly spaced over all writers, so the first of the subset is the first of the official set: a five.
    assert digits.train_label[0] == 5


def test_noise_to_digits() -> None:
    pair = noise_to_digits(noise=10, size=32)
    batch = pair.batch(0, size=7, seed=0)
    assert batch.x.shape == (7, 10)
    assert batch.y.shape == (7, 1, 32, 32)
    assert batch.y_label.shape == (7,)
    assert batch.x_label is None
    assert pair.answers(batch) is None


@pytest.mark.parametrize("kinds", [("shoes",), ("bags",), ("bags", "shoes")])
def test_fashion_holds_only_the_kinds_asked_for(kinds: tuple[str, ...]) -> None:
    fashion = load_fashion(kinds=kinds, size=32)
    wanted = {label for kind in kinds for label in KINDS[kind]}
    assert set(fashion.train_label.tolist()) == set(fashion.test_label.tolist()) == wanted
    assert (len(fashion.train), len(fashion.test)) == (2000 * len(kinds), 500 * len(kinds))
    assert fashion.shape == (1, 32, 32)


@pytest.mark.parametrize("kinds", [(), ("hats",), ("shoes", "hats")])
def test_fashion_refuses_other_kinds(kinds: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="expected one or more of shoes, bags"):
        load_fashion(kinds=kinds)


def test_thirty_two_pixels_are_a_border() -> None:
    image = torch.randint(256, (3, 28, 28), dtype=torch.uint8)
    padded = to_grey(image, size=32)
    assert torch.equal(padded[..., 2:-2, 2:-2], to_grey(image, size=28))
    assert padded.sum() == pytest.approx(to_grey(image, size=28).sum().item() - 3 * (32**2 - 28**2), rel=1e-5)


@given(grey=st.integers(0, 255), size=st.integers(1, 70))
def test_resampling_keeps_a_constant(grey: int, size: int) -> None:
    image = to_grey(torch.full((1, 28, 28), grey, dtype=torch.uint8), size=size)
    assert image.shape == (1, 1, size, size)
    if size != 32:
        torch.testing.assert_close(image, torch.full_like(image, grey / 127.5 - 1), atol=2e-6, rtol=0)


def test_resampling_is_antialiased() -> None:
    """One white column in four becomes grey a quarter of the way; without antialiasing it vanishes."""
    stripes = torch.zeros(1, 28, 28, dtype=torch.uint8)
    stripes[..., ::4] = 255
    inner = to_grey(stripes, size=7)[..., 1:-1]
    torch.testing.assert_close(inner, torch.full_like(inner, -0.5), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("image", "size", "message"),
    [
        (torch.zeros(1, 28, 28, dtype=torch.uint8), 0, "got size=0"),
        (torch.zeros(1, 28, 28), 28, "expected uint8 images of 28 × 28 pixels, got torch.float32"),
        (torch.zeros(1, 28, 27, dtype=torch.uint8), 28, "28, 27"),
    ],
)
def test_other_images_are_refused(image: torch.Tensor, size: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_grey(image, size=size)


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(ValueError, match="source is 'web'; expected 'embedded' or 'official'"):
        load_digits(source="web")
    with pytest.raises(ValueError, match="split is 'valid'"):
        images.load_images(MNIST, split="valid", source="embedded")


def test_official_digits_are_never_replaced_by_the_subset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr("udtlib.data.files.cache_folder", lambda: tmp_path / "cache")
    with pytest.raises(DataError, match="run `udt data fetch mnist`"):
        load_digits(source="official")
    assert len(load_digits().train) == 10_000


@needs_official
def test_official_digits() -> None:
    digits = load_digits(source="official")
    assert (len(digits.train), len(digits.test)) == (60_000, 10_000)
    assert (
        digits.test_label[:5].tolist()
        == read_images(MNIST, split="test").label[:5].tolist()
        == [7, 2, 1, 0, 4]
    )


def test_a_changed_embedded_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "embedded"
    folder.mkdir()
    manifest = {"mnist": {"file": "mnist.npz", "sha256": "0" * 64}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(images.resources, "files", lambda package: tmp_path)
    with pytest.raises(DataError, match=r"'mnist' is missing from .* reinstall udtlib"):
        read_embedded("mnist")
    (folder / "mnist.npz").write_bytes(b"changed")
    with pytest.raises(DataError, match=rf"expected {'0' * 64}: it was changed or damaged, reinstall udtlib"):
        read_embedded("mnist")
    with pytest.raises(DataError, match="'fashion-mnist' is missing"):
        read_embedded("fashion-mnist")
