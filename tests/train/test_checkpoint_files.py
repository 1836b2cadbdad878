"""Files that are no checkpoints: one sentence with the file, the reason and the remedy, nothing of PyTorch's."""

import io
import os
import pickle
import re
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.properties import examples
from udtlib.data.pair import IndependentPair, Noise
from udtlib.nets.mlp import mlp
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.wgan import WGAN
from udtlib.train import CheckpointError, TrainConfig, fit
from udtlib.train.checkpoint import read_checkpoint
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay

PAIR = IndependentPair(Noise(2), Noise(2))
CONFIG = TrainConfig(steps=1, batch_size=2, log_every=1, progress=False)
quick = examples(40)


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


@quick
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_no_changed_byte_changes_what_a_run_becomes(
    tmp_path: Path, good: Path, place: float, flip: int
) -> None:
    content = bytearray(good.read_bytes())
    content[int(place * len(content))] ^= flip
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(content)
    wanted = read_checkpoint(good, remedy="")
    try:
        found = read_checkpoint(path, remedy="give another one")
    except CheckpointError:
        refused(path)
        return
    for name, value in wanted["objective"].items():
        assert torch.equal(found["objective"][name], value), name
    assert {k: found[k] for k in ("step", "rows", "settings", "identity")} == {
        k: wanted[k] for k in ("step", "rows", "settings", "identity")
    }


def changed(content: dict, name: str, change: Callable[[torch.Tensor], object]) -> dict:
    return content | {name: {k: change(v) for k, v in content[name].items()}}


def with_moments(content: dict, change: Callable[[dict], dict]) -> dict:
    return content | {
        "optimisers": {
            name: {
                "state": {k: change(v) for k, v in each["state"].items()},
                "param_groups": each["param_groups"],
            }
            for name, each in content["optimisers"].items()
        }
    }


DAMAGES: dict[str, Callable[[dict], dict]] = {
    "format is a tensor": lambda c: c | {"format": torch.ones(3)},
    "format is true": lambda c: c | {"format": True},
    "step is true": lambda c: c | {"step": True},
    "rows of later steps": lambda c: c | {"rows": [{"step": 999}]},
    "rows without steps": lambda c: c | {"rows": [{}]},
    "rows twice": lambda c: c | {"rows": c["rows"] * 2},
    "seconds are none": lambda c: c | {"seconds": float("nan")},
    "seconds below zero": lambda c: c | {"seconds": -1.0},
    "average of another kind": lambda c: c | {"average": torch.ones(3)},
    "average of other things": lambda c: c | {"average": {"translator": 3}},
    "not finite": lambda c: changed(c, "objective", lambda v: v * torch.nan),
    "complex": lambda c: changed(c, "objective", lambda v: v.to(torch.complex64)),
    "whole numbers": lambda c: changed(c, "objective", lambda v: v.to(torch.int8)),
    "sparse": lambda c: changed(c, "objective", lambda v: v.to_sparse()),
    "no memory": lambda c: changed(c, "objective", lambda v: v.to("meta")),
    "no moments": lambda c: with_moments(c, lambda v: {"step": v["step"]}),
    "moments of other shapes": lambda c: with_moments(c, lambda v: v | {"exp_avg": torch.ones(1)}),
    "moments not finite": lambda c: with_moments(c, lambda v: v | {"exp_avg": v["exp_avg"] * torch.nan}),
    "moments of whole numbers": lambda c: with_moments(c, lambda v: v | {"exp_avg": v["exp_avg"].long()}),
    "steps of a shape": lambda c: with_moments(c, lambda v: v | {"step": torch.ones(2)}),
    "nothing remembered": lambda c: (
        c | {"optimisers": {k: v | {"state": {}} for k, v in c["optimisers"].items()}}
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_state_that_no_training_writes_is_refused(tmp_path: Path, good: Path, damage: str) -> None:
    content = DAMAGES[damage](torch.load(good, weights_only=True))
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(saved(content))
    with pytest.raises(CheckpointError, match=re.escape(str(path))):
        # More steps than there are: what was accepted would be used.
        fit(game(), PAIR, config=replace(CONFIG, steps=3), folder=tmp_path)


def test_an_optimisers_settings_are_those_that_are_declared(tmp_path: Path, good: Path) -> None:
    content = torch.load(good, weights_only=True)
    for each in content["optimisers"].values():
        each["param_groups"] = [group | {"betas": (0.0, 0.0)} for group in each["param_groups"]]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "checkpoint.pt").write_bytes(good.read_bytes())
    (tmp_path / "b" / "checkpoint.pt").write_bytes(saved(content))
    rows = [fit(game(), PAIR, config=replace(CONFIG, steps=4), folder=tmp_path / each).rows for each in "ab"]
    assert rows[0] == rows[1]


def test_a_pool_that_is_lost_is_missed(tmp_path: Path) -> None:
    def pooled() -> nn.Module:
        torch.manual_seed(0)
        return cyclegan(TwoWay(*(Direct(mlp([2, 2])) for _ in "TS")), mlp([2, 1]), mlp([2, 1]))

    fit(pooled(), PAIR, config=CONFIG, folder=tmp_path)
    content = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    extra = [k for k in content["objective"] if k.endswith("_extra_state")]
    assert extra
    for value in (None, torch.ones(500, 2), torch.ones(()), torch.ones(3, 2, dtype=torch.long)):
        state = {k: v if k not in extra else value for k, v in content["objective"].items()}
        state = {k: v for k, v in state.items() if v is not None}
        (tmp_path / "checkpoint.pt").write_bytes(saved(content | {"objective": state}))
        with pytest.raises(CheckpointError, match="is damaged"):
            fit(pooled(), PAIR, config=replace(CONFIG, steps=3), folder=tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "checkpoint.pt")
    assert "no regular file" in refused(tmp_path / "checkpoint.pt")


@pytest.mark.parametrize("name", ["checkpoint.part", "log.part", "checkpoint.pt", "log.jsonl"])
def test_a_folder_in_a_files_place_is_found_before_training(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match=f"{name} is a folder; .* move the folder away"):
        fit(game(), PAIR, config=CONFIG, folder=tmp_path)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_folder_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a file or folder"):
        fit(game(), PAIR, config=CONFIG, folder=tmp_path / name)
