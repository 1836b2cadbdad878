"""The bundled classifier: what it reads, how good it is, and that changed weights are refused."""

import hashlib
from pathlib import Path

import pytest
import torch
from torch.nn.functional import pad

from udtlib.data.digits import load_digits
from udtlib.instruments import bundled
from udtlib.instruments.digits.classifier import (
    DigitClassifier,
    WeightsError,
    classifier_record,
    load_digit_classifier,
    to_native,
)

WEIGHTS = Path(bundled.__file__).parent / "weights" / "digit_classifier.safetensors"


@pytest.fixture(scope="module")
def trained() -> DigitClassifier:
    return load_digit_classifier()


@torch.no_grad()
def accuracy(classifier: DigitClassifier, *, size: int, every: int = 1) -> float:
    """The share of right answers on every so-many-th of the embedded test digits."""
    digits = load_digits(size=size)
    image, label = digits.test[::every], digits.test_label[::every]
    return (classifier(image).argmax(1) == label).float().mean().item()


def test_it_names_embedded_test_digits(trained: DigitClassifier) -> None:
    measured = accuracy(trained, size=28)
    assert measured >= 0.99
    assert measured == pytest.approx(classifier_record()["accuracy"]["embedded"], abs=1e-3)


@pytest.mark.parametrize(("size", "at_least"), [(32, 0.99), (56, 0.98), (20, 0.96)])
def test_other_sizes_are_read_too(trained: DigitClassifier, size: int, at_least: float) -> None:
    assert accuracy(trained, size=size, every=5) >= at_least


def test_the_record_is_that_of_the_weights() -> None:
    record, content = classifier_record(), WEIGHTS.read_bytes()
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert record["accuracy"]["official"] >= 0.99
    assert record["parameters"] == sum(p.numel() for p in DigitClassifier().parameters())
    assert record["command"].startswith("udt train digit-classifier --seed ")
    assert len(content) <= 450_000


def test_shapes(trained: DigitClassifier) -> None:
    for count in (0, 1, 3):
        x = torch.zeros(count, 1, 28, 28)
        assert trained(x).shape == (count, 10)
        assert trained.features(x).shape == (count, 64)


def test_logits_are_linear_in_the_features(trained: DigitClassifier) -> None:
    x = load_digits().test[:5]
    torch.testing.assert_close(trained(x), trained.head(trained.features(x)))
    assert (trained.features(x) >= 0).all()


def test_it_comes_frozen_in_evaluation_mode(trained: DigitClassifier) -> None:
    assert not any(layer.training for layer in trained.modules())
    assert not any(p.requires_grad for p in trained.parameters())
    assert {p.dtype for p in trained.parameters()} == {torch.float32}
    one, many = load_digits().test[:1], load_digits().test[:50]
    torch.testing.assert_close(trained(many)[:1], trained(one), atol=1e-4, rtol=1e-4)


def test_gradients_reach_the_input(trained: DigitClassifier) -> None:
    x = load_digits().test[:2].clone().requires_grad_()
    trained(x).sum().backward()
    assert x.grad.abs().sum() > 0


def test_thirty_two_pixels_lose_their_border() -> None:
    x = torch.rand(2, 1, 28, 28)
    assert torch.equal(to_native(pad(x, (2, 2, 2, 2), value=-1.0)), x)
    assert to_native(x) is x
    assert to_native(torch.rand(2, 1, 64, 64)).shape == (2, 1, 28, 28)


def test_images_must_be_square() -> None:
    with pytest.raises(ValueError, match="got 28 × 32 pixels; pad or crop them"):
        DigitClassifier()(torch.zeros(1, 1, 28, 32))


def test_each_call_loads_a_net_of_its_own(trained: DigitClassifier) -> None:
    """Changing one must not change what another reader measures with."""
    assert load_digit_classifier().head.weight.data_ptr() != trained.head.weight.data_ptr()


def test_changed_or_missing_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setattr(bundled.resources, "files", lambda package: tmp_path)
    with pytest.raises(WeightsError, match="missing; reinstall udtlib, or run `udt train digit-classifier`"):
        load_digit_classifier()
    content = bytearray(WEIGHTS.read_bytes())
    (folder / WEIGHTS.with_suffix(".json").name).write_text(WEIGHTS.with_suffix(".json").read_text())
    (folder / WEIGHTS.name).write_bytes(content)
    load_digit_classifier()
    content[-1] ^= 1
    (folder / WEIGHTS.name).write_bytes(content)
    with pytest.raises(WeightsError, match=r"digit_classifier\.safetensors has SHA-256 .* reinstall udtlib"):
        load_digit_classifier()
