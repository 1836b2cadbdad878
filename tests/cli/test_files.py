"""The command on files that are something else, and on places that cannot be written: one sentence, at once."""

import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from udtlib.cli import main
from udtlib.cli.translate_files import read_exactly
from udtlib.data.formats import DataError
from udtlib.data.image_files import read_image
from udtlib.show.sheets import read_sheet

quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
Capture = pytest.CaptureFixture[str]

FINISHED = {
    "run": {"experiment": "edges-to-fashion", "system": "x", "seed": 0, "profile": "quick"},
    "scores": {}, "diverged": None, "seconds": 1, "steps": 1, "settings": {}, "scoring": {}, "provenance": {},
}  # fmt: skip
OWN = {"method": "cyclegan", "source": "a", "target": "b", "size": 32, "grey": True, "mirror": True}
OWN |= {"steps": 1, "seed": 0}


def told(capsys: Capture, *arguments: str) -> str:
    """What the command says when it refuses: one line, no traceback, nothing of PyTorch's."""
    assert main(arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("udt: ")
    assert "weights_only=" not in lines[0]
    assert "resume=" not in lines[0]
    return lines[0]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (32, 32)).save("in.png")
    return tmp_path


CONTENTS = [b"", b"text", b"e,loss\n1,2\n", b'{"format": 1}', b"PK\x03\x04" + bytes(99), b"\x80\x02}q\x00."]


@pytest.mark.parametrize("content", CONTENTS)
def test_translating_with_what_is_no_checkpoint(capsys: Capture, content: bytes) -> None:
    Path("run").mkdir()
    Path("run/settings.json").write_text(json.dumps(OWN))
    Path("run/checkpoint.pt").write_bytes(content)
    line = told(capsys, "translate", "in.png", "out.png", "--weights", "run")
    assert "run/checkpoint.pt cannot be read as a checkpoint" in line
    assert "copy it again, or give one that `udt train` wrote" in line


@quick
@given(content=st.binary(max_size=100), name=st.sampled_from(["settings.json", "run.json"]))
def test_translating_with_a_run_that_is_none(capsys: Capture, here: Path, content: bytes, name: str) -> None:
    folder = here / name.split(".")[0]
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    assert f"{folder / name} " in told(capsys, "translate", "in.png", "out.png", "--weights", str(folder))


@pytest.mark.parametrize("change", [{"run": {}}, {"run": None}, {"scores": []}, {"provenance": {"a": 1}}])
def test_translating_with_a_record_of_something_else(capsys: Capture, change: dict) -> None:
    Path("run").mkdir()
    Path("run/run.json").write_text(json.dumps(FINISHED | change))
    assert "run/run.json is damaged" in told(capsys, "translate", "in.png", "out.png", "--weights", "run")


def test_results_that_could_not_be_written_are_refused_first(capsys: Capture) -> None:
    Path("run").mkdir()
    Path("out.png").mkdir()
    assert "out.png is a folder" in told(capsys, "translate", "in.png", "out.png", "--weights", "run")
    Path("run/log.jsonl").write_text('{"step": 1, "a": 1.0}\n')
    assert "out.png is a folder" in told(capsys, "show", "run", "--out", "out.png")
    Path("file").write_text("")
    line = told(capsys, "reproduce", "ring-modes", "--profile", "quick", "--out", "file")
    assert "file is a file, or lies in one; expected a folder to write into" in line
    line = told(capsys, "train", "digit-classifier", "--profile", "quick", "--out", "file")
    assert "file is a file, or lies in one" in line


@quick
@given(
    content=st.binary(max_size=100)
    | st.lists(st.text(max_size=20)).map(lambda lines: "\n".join(lines).encode())
)
def test_any_log_is_drawn_or_refused(capsys: Capture, here: Path, content: bytes) -> None:
    folder = here / "run"
    folder.mkdir(exist_ok=True)
    (folder / "log.jsonl").write_bytes(content)
    assert "run" in told(capsys, "show", str(folder))


@pytest.mark.parametrize(
    "line",
    [
        '{"step": 1e999}',
        '{"step": true}',
        '{"step": "1"}',
        "[1]",
        "[" * 10_000,
        '{"step": ' + "9" * 400 + "}",
    ],
)
def test_a_row_that_is_none_is_named(capsys: Capture, line: str) -> None:
    Path("run").mkdir()
    Path("run/log.jsonl").write_text(f'{line}\n{{"step": 1, "a": 1.0}}\n')
    assert "line 1 of run/log.jsonl" in told(capsys, "show", "run")


def test_a_log_that_is_a_folder_is_named(capsys: Capture) -> None:
    Path("run/log.jsonl").mkdir(parents=True)
    assert "run/log.jsonl cannot be read (Is a directory)" in told(capsys, "show", "run")


def check_reading(path: Path) -> None:
    """Either reader makes an image of the file or refuses it by name."""
    for read, kind in ((read_image, DataError), (partial(read_exactly, channels=1), ValueError)):
        try:
            read(path)
        except kind as error:
            text = str(error)
        else:
            continue
        assert str(path) in text


STARTS = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"RIFF\0\0\0\0WEBP",
    b"P5\n2 2\n255\n",
]


@quick
@given(start=st.sampled_from(STARTS), content=st.binary(max_size=200))
def test_any_image_file_is_read_or_refused(here: Path, start: bytes, content: bytes) -> None:
    path = here / "any.png"
    path.write_bytes(start + content)
    check_reading(path)
    with pytest.raises(ValueError, match="is no sheet of samples"):
        read_sheet(path)


@quick
@given(data=st.data())
def test_a_changed_image_is_read_or_refused(here: Path, data: st.DataObject) -> None:
    path, content = here / "any.png", bytearray((here / "in.png").read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    check_reading(path)


def test_an_image_of_too_many_pixels_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 600)
    with pytest.raises(ValueError, match=r"in\.png cannot be read as an image"):
        read_exactly(here / "in.png", channels=1)
