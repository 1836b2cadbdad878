"""The recipe of the swap reader: what it is shown, and that a short run learns and leaves a record."""

import hashlib
import json
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy

from udtlib.data.digit_swap import place
from udtlib.data.digits import load_digits, noise_to_digits
from udtlib.data.pair import Samples
from udtlib.instruments.storing import stored_weights
from udtlib.instruments.swap import training as swap_reader
from udtlib.instruments.swap.reader import SwapReader, load_swap_reader, swap_reader_record
from udtlib.instruments.swap.training import ReadSides, disturbed, measured
from udtlib.objectives.base import Clock
from udtlib.profiles import Profile
from udtlib.types import Batch

QUICK = Profile(name="quick", device=torch.device("cpu"))


@pytest.fixture(scope="module")
def digits() -> Samples:
    every = load_digits(size=16)
    return Samples(every.train[:400], every.test[::5], every.train_label[:400], every.test_label[::5])


def test_every_second_image_is_blurred_and_all_are_noisy() -> None:
    torch.manual_seed(0)
    point = torch.full((400, 1, 9, 9), -1.0)
    point[..., 4, 4] = 1
    given = point.clone()
    seen = disturbed(point)
    assert torch.equal(point, given)
    # A point keeps half of itself, and a ninth of the other half.
    centre = seen[:, 0, 4, 4].double()
    assert centre[1::2].mean().item() == pytest.approx(1, abs=0.05)
    assert centre[::2].mean().item() == pytest.approx(-1 + 2 * (1 / 2 + 1 / 18), abs=0.05)
    strength = (seen - point)[1::2].flatten(1).std(1)
    assert strength.max() < 0.25
    assert strength.min() < 0.02
    assert strength.mean().item() == pytest.approx(0.1, abs=0.01)


def test_a_plain_image_stays_plain_under_the_blur() -> None:
    """Also at the border."""
    torch.manual_seed(0)
    seen = disturbed(torch.full((200, 1, 6, 6), 0.4))
    torch.testing.assert_close(seen.mean(0), torch.full((1, 6, 6), 0.4), atol=0.05, rtol=0)


def test_the_loss_is_the_cross_entropy_of_both_answers(digits: Samples) -> None:
    torch.manual_seed(0)
    objective = ReadSides(SwapReader())
    image, label = digits.train[:9], digits.train_label[:9]
    torch.manual_seed(3)
    terms = objective("reader", Batch(torch.zeros(9, 1), image, None, label), Clock(0, 1))
    torch.manual_seed(3)
    right = torch.rand(9) < 0.5
    seen = objective.reader(disturbed(place(image, right=right)))
    assert set(terms) == {"digit", "side"}
    torch.testing.assert_close(terms["digit"], cross_entropy(seen.digit, label))
    torch.testing.assert_close(terms["side"], cross_entropy(seen.side, right.long()))
    assert 0 < right.sum() < 9


def test_what_is_measured_is_what_the_record_says() -> None:
    """The bundled reader, on a fifth of the record's test digits."""
    found, record = measured(stored_weights(load_swap_reader()), load_digits(size=16)), swap_reader_record()
    assert found["parameters"] == record["parameters"]
    assert set(found["accuracy"]) == set(record["accuracy"])
    for name, value in found["accuracy"].items():
        assert value == pytest.approx(record["accuracy"][name], abs=0.01), name


def test_a_reader_that_always_says_three_on_the_left_is_right_now_and_then(digits: Samples) -> None:
    reader = SwapReader()
    with torch.no_grad():
        for head, answer in ((reader.digit, 3), (reader.side, 0)):
            head.weight.zero_()
            head.bias.copy_(torch.eye(len(head.bias))[answer])
    accuracy = measured(stored_weights(reader), digits)["accuracy"]
    assert accuracy["digit"] == pytest.approx((digits.test_label == 3).double().mean().item())
    assert accuracy["side"] == 0.5
    # Between zero and one it says zero, as both logits are equal.
    known = digits.test_label[digits.test_label <= 1]
    assert accuracy["zero or one"] == pytest.approx((known == 0).double().mean().item())


def test_a_short_run_learns_and_leaves_weights_with_their_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, asked = swap_reader.TrainConfig, []

    def short(**settings: object) -> object:
        return original(**settings | {"steps": 80, "log_every": 5, "checkpoint_every": 0, "progress": False})

    def embedded(**options: object) -> object:
        asked.append(options)
        return noise_to_digits(**options | {"source": "embedded"})

    monkeypatch.setattr(swap_reader, "TrainConfig", short)
    monkeypatch.setattr(swap_reader, "noise_to_digits", embedded)
    history = swap_reader.train(QUICK, seed=3, folder=tmp_path, resume=False)
    assert asked == [{"noise": 1, "size": 16, "source": "official"}]
    for name, factor in (("digit", 0.9), ("side", 0.5)):
        loss = history.series(f"reader/{name}")
        assert loss[-1] < factor * loss[0], name
    record = json.loads((tmp_path / "swap_reader.json").read_text())
    content = (tmp_path / "swap_reader.safetensors").read_bytes()
    assert record["command"] == "udt train swap-reader --seed 3"
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert record["steps"] == 80
    assert 0.9 < record["accuracy"]["side"] <= 1
