"""The recipe of the face reader: what it is taught, and that a short run learns and leaves a record."""

import json

import pytest
import torch

from udtlib.instruments.faces import training as face_reader
from udtlib.instruments.faces.reader import TRAITS, FaceReader
from udtlib.instruments.faces.training import FaceReading, FacesToRead, explained
from udtlib.objectives.base import Clock
from udtlib.profiles import Profile
from udtlib.types import Batch

QUICK = Profile(name="quick", device=torch.device("cpu"))


def test_batches_are_a_pure_function_and_take_turns_in_size():
    pair = FacesToRead()
    first, again = (pair.batch(0, size=3, seed=1) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True) if a is not None)
    assert [pair.batch(k, size=2, seed=0).x.shape[-1] for k in range(3)] == [32, 64, 32]
    assert first.y_label.shape == (3, 32, 32)


def test_explained_variance():
    true = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    assert explained(true, true).tolist() == [1, 1]
    torch.testing.assert_close(
        explained(true.mean(0).expand_as(true), true), torch.zeros(2), atol=1e-5, rtol=0
    )


def test_label_maps_are_needed():
    image = torch.zeros(2, 3, 16, 16)
    with pytest.raises(ValueError, match="use FacesToRead"):
        FaceReading(FaceReader())("reader", Batch(image, torch.zeros(2, len(TRAITS))), Clock(0, 1))


@pytest.mark.slow
def test_a_short_run_learns_and_leaves_weights_with_their_record(tmp_path, monkeypatch):
    original = face_reader.TrainConfig

    def short(**settings):
        return original(**settings | {"steps": 12, "batch_size": 8, "log_every": 2, "checkpoint_every": 0})

    monkeypatch.setattr(face_reader, "TrainConfig", short)
    history = face_reader.train(QUICK, seed=0, folder=tmp_path, resume=False)
    loss = history.series("reader/label")
    assert loss[-1] < 0.9 * loss[0]
    record = json.loads((tmp_path / "face_reader.json").read_text())
    assert record["command"] == "udt train face-reader --seed 0"
    assert 0 < record["at 32 pixels"]["pixel accuracy"] < 1
