"""`udt show`: a run in one picture, however far it has come."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from udtlib.cli import main
from udtlib.show.run import MOMENTS, read_log, run_picture, spread_out, terms_by_player, wants_logarithm
from udtlib.show.sheets import write_sheet

Capture = pytest.CaptureFixture[str]


def row(step: int, **more: float) -> dict[str, float]:
    terms = {"discriminators/judge_x": 0.5 / step, "translator/fool_y": 0.3, "translator/cycle_x": 4.0 / step}
    return {"step": step, **terms, **more}


def write_log(folder: Path, count: int, *, end: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row(10 * (k + 1))) + "\n" for k in range(count))
    (folder / "log.jsonl").write_text(text + end)
    return folder


def write_samples(folder: Path, *steps: int, seed: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    x, y = (torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(seed + k)) for k in range(2))
    for step in steps:
        rows = {"x": x, "T(x)": x * step / 100, "S(T(x))": x, "y": y, "S(y)": y * step / 100}
        write_sheet(folder / f"samples-{step:06d}.png", rows)
    return folder


def test_the_picture_is_written_and_named(tmp_path: Path, capsys: Capture) -> None:
    run = write_samples(write_log(tmp_path / "run", 30), 10, 20, 30)
    assert main(["show", str(run)]) == 0
    assert capsys.readouterr().out == f"{run / 'overview.png'}\n"
    with Image.open(run / "overview.png") as picture:
        both = picture.size
    assert main(["show", str(run), "--out", str(tmp_path / "b.png")]) == 0
    with Image.open(tmp_path / "b.png") as picture:
        assert picture.size == both
    alone = run_picture(write_log(tmp_path / "alone", 30))
    assert alone.height < both[1]


def test_samples_of_several_moments_stand_below_their_source(tmp_path: Path) -> None:
    one = run_picture(write_samples(tmp_path / "one", 100))
    three = run_picture(write_samples(tmp_path / "three", 10, 50, 100))
    rows = (three.height - 40) / (one.height - 40)
    assert rows == pytest.approx(5 / 3, rel=0.08), "x, 3 × T(x), S(T(x)) against one each"
    assert one.width == three.width


def test_right_answers_stand_below_translations_where_there_is_no_way_back(tmp_path: Path) -> None:
    x = torch.zeros(4, 3, 64, 64)
    write_sheet(tmp_path / "samples-000010.png", {"x": x, "T(x)": x, "y": x})
    picture = run_picture(tmp_path)
    assert picture.width < 2 * picture.height, "three rows of four: one board, not two side by side"


def test_sheets_of_other_images_are_left_out(tmp_path: Path) -> None:
    write_samples(tmp_path / "mixed", 10, 20, seed=50)
    mixed = run_picture(write_samples(tmp_path / "mixed", 100))
    assert mixed.size == run_picture(write_samples(tmp_path / "one", 100)).size


@pytest.mark.parametrize("end", ["", '{"step": 40, "transl', "{", "\n\n", '{"step": 40}\n'])
def test_half_a_line_at_the_end_is_left_out(tmp_path: Path, end: str) -> None:
    run = write_log(tmp_path, 3, end=end)
    assert [each["step"] for each in read_log(run / "log.jsonl")][:3] == [10, 20, 30]
    assert run_picture(run).width > 0


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path, capsys: Capture) -> None:
    write_log(tmp_path, 2, end="half\n" + json.dumps(row(30)) + "\n")
    assert main(["show", str(tmp_path)]) == 2
    assert "line 3 of" in capsys.readouterr().err


def test_a_run_that_has_logged_once(tmp_path: Path) -> None:
    assert run_picture(write_log(tmp_path, 1)).width > 0


def test_numbers_that_are_not_finite_are_left_out(tmp_path: Path) -> None:
    log = write_log(tmp_path, 3, end='{"step": 40, "translator/fool_y": NaN, "translator/cycle_x": 1.0}\n')
    assert read_log(log / "log.jsonl")[-1] == {"step": 40, "translator/cycle_x": 1.0}
    assert run_picture(log).width > 0


def test_nothing_to_draw_is_said(tmp_path: Path, capsys: Capture) -> None:
    write_log(tmp_path / "new", 0)
    for folder, message in (
        (tmp_path / "new", "holds neither a row of log.jsonl nor a sheet of samples; wait until"),
        (tmp_path / "gone", "gone is no folder; expected the folder of a run"),
    ):
        assert main(["show", str(folder)]) == 2
        assert message in capsys.readouterr().err
    write_log(tmp_path / "run", 2)
    for out in ("a.jpg", "nowhere/a.png"):
        assert main(["show", str(tmp_path / "run"), "--out", str(tmp_path / out)]) == 2
        assert "is a PNG file in a folder that exists" in capsys.readouterr().err


def test_terms_belong_to_players() -> None:
    players = terms_by_player([row(10), row(20, gap=1.0)])
    assert players == {
        "discriminators": {"discriminators/judge_x": "judge_x"},
        "translator": {"translator/fool_y": "fool_y", "translator/cycle_x": "cycle_x"},
        "": {"gap": "gap"},
    }


def test_terms_of_different_sizes_are_drawn_by_their_logarithm() -> None:
    rows = [{"step": k, "a": 1.0, "b": 0.001, "c": -1.0, "d": 2.0, "e": 100.0 / k} for k in range(1, 9)]
    assert wants_logarithm(rows, {"a": "a", "b": "b"})
    assert not wants_logarithm(rows, {"a": "a", "d": "d"})
    assert not wants_logarithm(rows, {"a": "a", "b": "b", "c": "c"}), "a negative term has no logarithm"
    assert not wants_logarithm(rows, {"e": "e"})
    assert wants_logarithm([*rows, {"step": 9, "e": 1.0}], {"e": "e"})


@pytest.mark.parametrize("count", [1, 6, 7, 9, 40, 300])
def test_moments_are_spread_over_the_run(count: int) -> None:
    steps = [100 * (k + 1) for k in range(count)]
    chosen = spread_out(steps)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, MOMENTS)
    assert chosen[0] == steps[0]
    assert chosen[-1] == steps[-1]
    gaps = np.diff(chosen)
    assert count <= MOMENTS or gaps[-1] > gaps[0]
