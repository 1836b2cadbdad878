"""Files that are no checkpoints: one sentence with the file, the reason and the remedy, nothing of PyTorch's."""

import io
import os
import pickle
import traceback
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from udtlib.data.pair import IndependentPair, Noise
from udtlib.nets.mlp import mlp
from udtlib.objectives.wgan import WGAN
from udtlib.train import CheckpointError, TrainConfig, fit
from udtlib.train.checkpoint import read_checkpoint
from udtlib.translators.direct import Direct

PAIR = IndependentPair(Noise(2), Noise(2))
CONFIG = TrainConfig(steps=1, batch_size=2, log_every=1, progress=False)
quick = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def game() -> WGAN:
    return WGAN(Direct(mlp([2, 2])), mlp([2, 1]))


def saved(content: object) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    fit(game(), PAIR, config=CONFIG, folder=folder)
    return folder / "checkpoint.pt"


def refused(path: Path) -> str:
    with pytest.raises(CheckpointError) as error:
        read_checkpoint(path, remedy="give another one")
    told = "".join(traceback.format_exception(error.value))
    assert "weights_only=" not in told, "PyTorch's advice is in the traceback"
    text = str(error.value)
    assert text.startswith(str(path))
    assert text.endswith("give another one")
    assert len(text) < len(str(path)) + 250
    return text


CONTENTS = {
    "empty": b"",
    "text": b"epoch 1, loss 0.3\nepoch 2, loss 0.2\n",
    "csv": b"e,step,loss\n1,2,3\n",
    "json": b'{"format": 1}',
    "pickle": pickle.dumps({"format": 1}),
    "old pickle": b"\x80\x02}q\x00X\x06\x00\x00\x00formatq\x01K\x01s.",
    "zip": b"PK\x03\x04" + bytes(200),
    "letters": b"e" * 50,
}


@pytest.mark.parametrize("name", CONTENTS)
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(CONTENTS[name])
    assert "cannot be read as a checkpoint" in refused(path)
    with pytest.raises(CheckpointError, match="delete it to start the run afresh"):
        fit(game(), PAIR, config=CONFIG, folder=tmp_path)


@quick
@given(
    content=st.binary(max_size=400), start=st.sampled_from([b"", b"PK\x03\x04", b"\x80\x02", b"PK\x05\x06"])
)
def test_any_bytes_are_refused(tmp_path: Path, content: bytes, start: bytes) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(start + content)
    refused(path)


@quick
@given(data=st.data())
def test_a_checkpoint_that_is_cut_or_changed_is_refused_or_read(
    tmp_path: Path, good: Path, data: st.DataObject
) -> None:
    path, content = tmp_path / "checkpoint.pt", bytearray(good.read_bytes())
    if data.draw(st.booleans()):
        path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        refused(path)
        return
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    check_resuming(path)


def check_resuming(path: Path) -> None:
    """A run goes on from the file or refuses it by name."""
    try:
        fit(game(), PAIR, config=CONFIG, folder=path.parent)
    except CheckpointError as error:
        told, text = "".join(traceback.format_exception(error)), str(error)
    else:
        return
    assert "weights_only=" not in told
    assert str(path) in text


ENTRIES = ("step", "rows", "settings", "objective", "optimisers", "random", "seconds", "identity")


@quick
@given(
    name=st.sampled_from(ENTRIES),
    value=st.sampled_from(
        [None, 3, -1, "text", [], [1], {}, {"a": 1}, {1: {}}, [{}], {"torch": 5}, torch.ones(2), float("nan")]
    ),
)  # fmt: skip
def test_entries_of_another_kind_are_refused_or_make_no_difference(
    tmp_path: Path, good: Path, name: str, value: object
) -> None:
    content = torch.load(good, weights_only=True)
    content[name] = value
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(saved(content))
    check_resuming(path)


@pytest.mark.parametrize(
    "content", [{"format": 1}, {"format": 2}, {}, [], 3, "text", torch.ones(2), {"objective": {}}]
)
def test_what_pytorch_reads_but_training_did_not_write_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(saved(content))
    assert "is no checkpoint of format 1" in refused(path)


def test_what_would_run_code_is_refused_without_the_advice_to_let_it(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / "run"),)

    path = tmp_path / "checkpoint.pt"
    for content in (Evil(), {"format": 1, "objective": nn.Linear(1, 1)}):
        torch.save(content, path)
        assert "cannot be read as a checkpoint" in refused(path)
    assert not (tmp_path / "run").exists()


def test_an_archive_that_fills_the_memory_is_refused_unread(tmp_path: Path, good: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    with zipfile.ZipFile(good) as there, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as here:
        for name in there.namelist():
            here.writestr(name, there.read(name))
    assert "unpacks to more than it holds" in refused(path)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    assert "No such file" in refused(path)
    path.mkdir()
    assert "is a folder" in refused(path)
    for resume in (True, False):
        with pytest.raises(ValueError, match=r"checkpoint\.pt is a folder; expected the name of a file"):
            fit(game(), PAIR, config=CONFIG, folder=tmp_path, resume=resume)


def test_a_file_in_place_of_the_folder_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(ValueError, match="run/deeper is a file, or lies in one"):
        fit(game(), PAIR, config=CONFIG, folder=tmp_path / "run" / "deeper")


def test_what_may_not_be_read_is_refused(tmp_path: Path, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(good.read_bytes())

    def refuse(self: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    assert "(Permission denied)" in refused(path)
