"""Files of runs and results that are something else: one sentence with the file, the reason and the remedy."""

import json
import threading
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.cli.reproduce import stored
from udtlib.evaluate.report import Provenance
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.stored import read_report
from udtlib.experiments.own_images import SETTINGS, read_settings
from udtlib.experiments.records import Record, check_places, locked, read_record, write_record

quick = examples(60)

RECORD = Record(
    scores={"a": Scores(fit={"distance": 0.5})},
    shown={"maps": {"a": {"x": torch.ones(2)}}},
    settings={"steps": 1},
    scoring={},
    seconds=1.0,
    steps=1,
    provenance=Provenance(),
    run={"experiment": "toy", "system": "a", "seed": 0, "profile": "quick"},
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)


@pytest.fixture
def content(tmp_path: Path) -> dict:
    write_part(tmp_path)
    return json.loads((tmp_path / "run.json").read_text())


def write_part(folder: Path) -> None:
    write_record(folder, RECORD)


def test_a_record_comes_back(tmp_path: Path) -> None:
    write_part(tmp_path)
    found = read_record(tmp_path)
    assert found.run == RECORD.run
    assert found.scores["a"].fit == {"distance": 0.5}
    assert torch.equal(found.shown["maps"]["a"]["x"], torch.ones(2))


@quick
@given(bytes_=st.binary(max_size=200))
def test_any_bytes_in_place_of_a_record_are_named(tmp_path: Path, bytes_: bytes) -> None:
    write_part(tmp_path)
    (tmp_path / "run.json").write_bytes(bytes_)
    with pytest.raises(ValueError, match=r"run\.json is damaged .*; delete it, and the run goes on"):
        read_record(tmp_path)


@quick
@given(
    name=st.sampled_from(["run", "scores", "diverged", "seconds", "steps", "provenance", "settings"]),
    value=values,
)
def test_any_entry_of_a_record_is_read_or_named(tmp_path: Path, name: str, value: object) -> None:
    write_part(tmp_path)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    try:
        read_record(tmp_path)
    except ValueError as error:
        text = str(error)
    else:
        return
    assert text.startswith(f"{path} is damaged")


@quick
@given(bytes_=st.binary(max_size=200), header=st.booleans())
def test_any_bytes_in_place_of_tensors_are_named(tmp_path: Path, bytes_: bytes, header: bool) -> None:
    write_part(tmp_path)
    path = tmp_path / "shown.safetensors"
    path.write_bytes((len(bytes_).to_bytes(8, "little") if header else b"") + bytes_)
    with pytest.raises(ValueError, match=r"(shown\.safetensors|run\.json) is damaged .* delete"):
        read_record(tmp_path)


def test_tensors_under_other_names_are_named(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    write_part(tmp_path)
    for name in ("x", "[1]", "{}", '["a", "b"]'):
        save_file({name: torch.ones(1)}, tmp_path / "shown.safetensors")
        with pytest.raises(ValueError, match="is damaged"):
            read_record(tmp_path)


def test_folders_in_place_of_files_are_named(tmp_path: Path) -> None:
    for name in ("run.json", "shown.safetensors"):
        folder = tmp_path / name.split(".")[0]
        folder.mkdir()
        check_places(folder)
        (folder / name).mkdir()
        with pytest.raises(ValueError, match="is a folder; expected the name of a file to write"):
            check_places(folder)
    with pytest.raises(ValueError, match=r"run\.json is damaged .*Is a directory"):
        read_record(tmp_path / "run")


@quick
@given(bytes_=st.binary(max_size=100) | values.map(lambda value: json.dumps(value).encode()))
def test_any_result_and_any_settings_are_named(tmp_path: Path, bytes_: bytes) -> None:
    (tmp_path / "toy.json").write_bytes(bytes_)
    with pytest.raises(
        ValueError, match=r"toy\.json holds no report .*write it again with `udt reproduce toy`"
    ):
        read_report(tmp_path / "toy.json")
    assert "toy.json holds no result" in stored(tmp_path / "toy.json")
    (tmp_path / SETTINGS).write_bytes(bytes_)
    with pytest.raises(ValueError, match=r"settings\.json cannot be used .* train again with --fresh"):
        read_settings(tmp_path)


def test_a_missing_result_is_not_measured(tmp_path: Path) -> None:
    assert stored(tmp_path / "toy.json") == "not measured"
    (tmp_path / "toy.json").mkdir()
    assert "Is a directory" in stored(tmp_path / "toy.json")


def test_a_folder_is_one_process_s_at_a_time(tmp_path):
    told, order = [], []
    inside, go = threading.Event(), threading.Event()

    def first():
        with locked(tmp_path / "run"):
            inside.set()
            go.wait(10)
            order.append("first")

    def second():
        with locked(tmp_path / "run", say=lambda line: (told.append(line), go.set())):
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    assert order == ["first", "second"]
    assert len(told) == 1
    assert "waiting for it" in told[0]
