"""The recipe of the digit classifier: it shifts, learns, resumes, and records what it stored."""

import hashlib
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load
from torch.nn.functional import cross_entropy, pad

from udtlib.data.digits import load_digits
from udtlib.data.pair import IndependentPair, Noise, Samples
from udtlib.instruments.digits.classifier import DigitClassifier
from udtlib.instruments.digits.training import (
    Classification,
    accuracy_on_test,
    random_shift,
    train_on,
)
from udtlib.instruments.storing import stored_weights
from udtlib.objectives.base import Clock
from udtlib.train.trainer import TrainConfig
from udtlib.types import Batch

NOW = Clock(0, 1)


@pytest.fixture(scope="module")
def pair() -> IndependentPair:
    digits = load_digits()
    few = Samples(digits.train[:300], digits.test[:100], digits.train_label[:300], digits.test_label[:100])
    return IndependentPair(Noise(1), few)


def config(steps: int) -> TrainConfig:
    return TrainConfig(steps=steps, batch_size=32, log_every=2, checkpoint_every=2, progress=False)


@pytest.mark.parametrize("size", [1, 28, 32])
def test_a_shift_moves_each_image_as_a_whole(size: int) -> None:
    torch.manual_seed(0)
    image = torch.rand(40, 1, size, size)
    moved = random_shift(image)
    padded = pad(image, (2, 2, 2, 2), value=-1.0)
    windows = padded.unfold(2, size, 1).unfold(3, size, 1)  # every shift of every image
    equal = (windows == moved[:, :, None, None]).flatten(4).all(4).flatten(1)
    assert equal.shape == (40, 25)
    assert equal.any(1).all()


def test_every_shift_comes_up_and_each_image_has_its_own() -> None:
    torch.manual_seed(0)
    image = torch.full((1000, 1, 5, 5), -1.0)
    image[..., 2, 2] = 1.0
    counts = random_shift(image).add(1).sum(0).flatten() / 2
    assert counts.sum() == 1000
    assert counts.min() > 10


def test_the_loss_is_the_cross_entropy_of_shifted_images(pair: IndependentPair) -> None:
    objective = Classification(DigitClassifier()).eval()
    batch = pair.batch(0, size=8, seed=0)
    torch.manual_seed(3)
    loss = objective("classifier", batch, NOW)["cross_entropy"]
    torch.manual_seed(3)
    logits = objective.classifier(random_shift(batch.y))
    torch.testing.assert_close(loss, cross_entropy(logits, batch.y_label))


def test_labels_are_needed() -> None:
    images = torch.zeros(2, 1, 28, 28)
    with pytest.raises(ValueError, match="use labelled digits"):
        Classification(DigitClassifier())("classifier", Batch(images, images), NOW)
    for domain in (Noise(2), Samples(images, images)):
        with pytest.raises(ValueError, match="labelled test digits"):
            accuracy_on_test(DigitClassifier(), domain)


def test_accuracy_counts_right_answers(pair: IndependentPair) -> None:
    """A classifier that always says three is right on the threes."""
    classifier = DigitClassifier()
    with torch.no_grad():
        classifier.head.weight.zero_()
        classifier.head.bias.copy_(torch.eye(10)[3])
    threes = (pair.target.test_label == 3).sum().item()
    assert accuracy_on_test(classifier, pair.target) == threes / 100
    assert not classifier.training


def test_a_short_run_stores_weights_and_their_record(pair: IndependentPair, tmp_path: Path) -> None:
    history = train_on(pair, tests={"few": pair.target}, config=config(4), folder=tmp_path, resume=False)
    assert len(history.rows) == 2
    record = json.loads((tmp_path / "digit_classifier.json").read_text())
    content = (tmp_path / "digit_classifier.safetensors").read_bytes()
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert record["command"] == "udt train digit-classifier --seed 0"
    assert set(record["accuracy"]) == {"few"}
    classifier = DigitClassifier()
    classifier.load_state_dict(load(content))
    assert accuracy_on_test(classifier, pair.target) == record["accuracy"]["few"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []


def test_training_twice_gives_the_same_weights(pair: IndependentPair, tmp_path: Path) -> None:
    for name in ("a", "b"):
        torch.rand(1)  # what the caller drew before does not matter
        train_on(pair, tests={}, config=config(2), folder=tmp_path / name, resume=True)
    a, b = ((tmp_path / name / "digit_classifier.safetensors").read_bytes() for name in ("a", "b"))
    assert a == b


def test_a_short_run_learns(pair: IndependentPair, tmp_path: Path) -> None:
    history = train_on(pair, tests={}, config=config(16), folder=tmp_path, resume=True)
    loss = history.series("classifier/cross_entropy")
    assert loss[-1] < 0.6 * loss[0]


def test_stored_weights_are_halves() -> None:
    classifier = DigitClassifier()
    state = load(stored_weights(classifier))
    assert set(state) == set(classifier.state_dict())
    assert {t.dtype for name, t in state.items() if "num_batches" not in name} == {torch.float16}
