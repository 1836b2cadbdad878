"""The command on files that are something else, and on places that cannot be written: one sentence, at once."""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from tests.properties import examples
from udtlib.cli import main
from udtlib.cli.translate import Way
from udtlib.cli.translate_files import read_exactly, read_prepared
from udtlib.data.formats import DataError
from udtlib.data.image_files import read_image
from udtlib.experiments.images import Sides
from udtlib.show.run import run_picture
from udtlib.show.sheets import read_sheet
from udtlib.translators.direct import Direct

quick = examples(60)
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


def own_run() -> None:
    """A folder that looks like a run's; what is asked for is refused before its weights are read."""
    Path("run").mkdir()
    Path("run/settings.json").write_text(json.dumps(OWN))
    Path("run/log.jsonl").write_text("")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gone", "gone does not exist"),
        ("run/gone.pt", "run/gone.pt does not exist"),
        ("run/log.jsonl", "run/log.jsonl is not the checkpoint of a run"),
        ("run/settings.json", "run/settings.json is not the checkpoint of a run"),
        ("settings.json", "settings.json does not exist"),
    ],
)
def test_weights_are_never_those_of_a_run_that_lies_nearby(capsys: Capture, name: str, why: str) -> None:
    own_run()
    line = told(capsys, "translate", "in.png", "out.png", "--weights", name)
    assert f"udt: {why}; give the folder that `udt train` named at its end" in line


def at_size(size: int) -> Way:
    return Way(
        name="a", about="b", translator=Direct(nn.Identity()), channels=(3, 3), sides=Sides(), size=size
    )


def test_an_image_is_not_enlarged_beyond_memory() -> None:
    with pytest.raises(ValueError, match=r"in\.png would have 100000 × 100000 pixels, more than 16,777,216"):
        read_prepared(Path("in.png"), at_size(100_000))


def test_a_strip_of_one_pixel_is_read(here: Path) -> None:
    Image.new("L", (1, 2000)).save("thin.png")
    assert read_prepared(Path("thin.png"), at_size(2)).shape == (1, 3, 4000, 2)


@pytest.mark.parametrize("read", [read_image, partial(read_exactly, channels=1)])
def test_a_pipe_is_no_image_and_not_waited_for(read: Callable) -> None:
    os.mkfifo("pipe.png")
    with pytest.raises(
        (DataError, ValueError), match=r"pipe\.png cannot be read as an image, it is no regular file"
    ):
        read(Path("pipe.png"))


def test_records_and_settings_that_are_pipes_are_refused(capsys: Capture) -> None:
    for folder, name in (("a", "run.json"), ("b", "settings.json")):
        Path(folder).mkdir()
        os.mkfifo(f"{folder}/{name}")
    # Neither is a finished run's file.
    for folder in "ab":
        assert f"{folder} is no finished run" in told(
            capsys, "translate", "in.png", "out.png", "--weights", folder
        )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({}, "it has no 'run'"),
        ({"run": FINISHED["run"]}, "it has no 'scores'"),
        (FINISHED | {"scores": []}, "an entry is of another kind"),
        (FINISHED | {"seconds": {}}, "an entry is of another kind"),
        (FINISHED | {"run": {"experiment": "x"}}, "its run says no system"),
    ],
)
def test_a_damaged_record_is_told_without_the_readers_words(capsys: Capture, content: dict, why: str) -> None:
    Path("run").mkdir()
    Path("run/run.json").write_text(json.dumps(content))
    line = told(capsys, "translate", "in.png", "out.png", "--weights", "run")
    assert f"run/run.json is damaged ({why}); delete it" in line


@pytest.mark.parametrize("content", ['{"a": ' + "9" * 5000 + "}", "[" * 100_000])
def test_numbers_and_depths_beyond_python_are_told_in_words_about_the_file(
    capsys: Capture, content: str
) -> None:
    Path("run").mkdir()
    Path("run/run.json").write_text(content)
    line = told(capsys, "translate", "in.png", "out.png", "--weights", "run")
    assert "no JSON of a result: too deep, or with numbers of thousands of digits" in line


def test_a_log_without_a_finite_number_has_nothing_to_draw(capsys: Capture) -> None:
    Path("run").mkdir()
    Path("run/log.jsonl").write_text('{"step": 1, "a": NaN}\n')
    assert "run holds neither a row of log.jsonl nor a sheet" in told(capsys, "show", "run")


def test_a_run_whose_name_is_no_text_is_drawn(capsys: Capture) -> None:
    folder = Path(os.fsdecode(b"run\xff"))
    folder.mkdir()
    (folder / "log.jsonl").write_text('{"step": 1, "a": 1.0}\n{"step": 2, "a": 2.0}\n')
    assert run_picture(folder).width > 100


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"x = (\n", "SyntaxError"),
        (b"1 / 0\n", "division by zero"),
        (b"\xff\xfe", "SyntaxError"),
        (b"import gone_\n", "gone_"),
    ],
)
def test_a_users_file_that_cannot_be_imported_is_named(capsys: Capture, content: bytes, why: str) -> None:
    Path("mine.py").write_bytes(content)
    line = told(capsys, "reproduce", "mine.py:x", "--status")
    assert "mine.py cannot be imported" in line
    assert why in line
    assert "`udt --traceback …` shows where" in line


def test_other_folders_beside_runs_are_left_where_they_are(capsys: Capture) -> None:
    for name in ("seed-zz", "seed-", "seed-1²", "seed--1", "seed-0.part"):
        folder = Path("there/ring-modes/quick/x") / name
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}")
    line = told(capsys, "reproduce", "ring-modes", "--merge", "there", "--profile", "quick")
    assert "there holds no finished run of ring-modes" in line
