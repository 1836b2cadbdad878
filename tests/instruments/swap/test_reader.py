"""The bundled reader of digit-swap images: what it reads, how good it is, and which sizes it takes."""

import hashlib
from pathlib import Path

import pytest
import torch
from torch.nn.functional import interpolate

from udtlib.data.digit_swap import CLASSES, digit_swap, place
from udtlib.data.digits import load_digits
from udtlib.instruments import bundled
from udtlib.instruments.swap.reader import SwapReader, load_swap_reader, swap_reader_record

WEIGHTS = Path(bundled.__file__).parent / "weights" / "swap_reader.safetensors"


@pytest.fixture(scope="module")
def reader() -> SwapReader:
    return load_swap_reader()


@torch.no_grad()
@pytest.mark.parametrize("size", [32, 64])
def test_it_tells_zeros_from_ones_and_left_from_right(reader: SwapReader, size: int) -> None:
    pair = digit_swap(size=size)
    for domain, side_of in ((pair.source, (0, 1)), (pair.target, (1, 0))):
        seen, kind = reader(domain.test), domain.test_label
        side = torch.tensor(side_of)[kind]
        assert (seen.digit[:, CLASSES].argmax(1) == kind).double().mean() >= 0.99
        assert (seen.digit.argmax(1) == kind).double().mean() >= 0.98
        assert (seen.side.argmax(1) == side).double().mean() >= 0.99


@torch.no_grad()
@pytest.mark.parametrize("right", [False, True])
def test_it_names_all_ten_digits_on_either_side(reader: SwapReader, right: bool) -> None:
    digits = load_digits(size=16)
    seen = reader(place(digits.test, right=torch.full((len(digits.test),), right)))
    accuracy = (seen.digit.argmax(1) == digits.test_label).double().mean().item()
    assert accuracy == pytest.approx(swap_reader_record()["accuracy"]["digit"], abs=0.01)
    assert (seen.side.argmax(1) == int(right)).double().mean() >= 0.99


def test_the_record_is_that_of_the_weights() -> None:
    record, content = swap_reader_record(), WEIGHTS.read_bytes()
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert record["parameters"] == sum(p.numel() for p in SwapReader().parameters())
    assert record["command"].startswith("udt train swap-reader --seed ")
    assert record["accuracy"]["zero or one"] >= 0.99
    assert len(content) <= 450_000


@torch.no_grad()
def test_larger_images_are_averaged_down(reader: SwapReader) -> None:
    """So that a pattern within a pixel of the smaller image is not seen."""
    x = digit_swap().source.test[:5]
    for factor in (2, 3):
        large = interpolate(x, scale_factor=factor, mode="nearest")
        large[..., ::factor, ::factor] += 0.5
        large[..., 1::factor, ::factor] -= 0.5
        torch.testing.assert_close(reader(large).digit, reader(x).digit)
        torch.testing.assert_close(reader(large).side, reader(x).side)


@pytest.mark.parametrize("shape", [(28, 28), (48, 48), (16, 16), (32, 64)])
def test_other_sizes_are_refused(reader: SwapReader, shape: tuple[int, int]) -> None:
    height, width = shape
    with pytest.raises(ValueError, match=rf"multiple of 32, got \({height}, {width}\); resize them"):
        reader(torch.zeros(1, 1, *shape))


def test_shapes(reader: SwapReader) -> None:
    for count in (0, 1, 3):
        digit, side = reader(torch.zeros(count, 1, 32, 32))
        assert digit.shape == (count, 10)
        assert side.shape == (count, 2)


def test_it_comes_frozen_in_evaluation_mode_and_passes_gradients_on(reader: SwapReader) -> None:
    assert not any(layer.training for layer in reader.modules())
    assert not any(p.requires_grad for p in reader.parameters())
    assert {p.dtype for p in reader.parameters()} == {torch.float32}
    x = digit_swap().source.test[:2].clone().requires_grad_()
    reader(x).digit[:, 0].sum().backward()
    assert x.grad.abs().sum() > 0


def test_each_call_loads_a_net_of_its_own(reader: SwapReader) -> None:
    assert load_swap_reader().digit.weight.data_ptr() != reader.digit.weight.data_ptr()


def test_missing_or_changed_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(bundled.resources, "files", lambda package: tmp_path)
    with pytest.raises(
        bundled.WeightsError, match="missing; reinstall udtlib, or run `udt train swap-reader`"
    ):
        load_swap_reader()
    content = bytearray(WEIGHTS.read_bytes())
    content[-1] ^= 1
    (tmp_path / "weights" / WEIGHTS.name).write_bytes(content)
    (tmp_path / "weights" / "swap_reader.json").write_text(WEIGHTS.with_suffix(".json").read_text())
    with pytest.raises(bundled.WeightsError, match=r"swap_reader\.safetensors has SHA-256"):
        load_swap_reader()
