"""Result files: right statistics, whole or not at all, with where they come from."""

import json
import math
import subprocess
from pathlib import Path

import pytest
import torch
from PIL import Image

from udtlib.profiles import Profile
from udtlib.recipes.base import Recipe, Reproduction
from udtlib.recipes.results import Findings, Row, commit, write_result
from udtlib.show import panels
from udtlib.train.log import History

QUICK = Profile(name="quick", device=torch.device("cpu"))
ROWS = (
    Row(system="GAN", metric="coherence", paper=0.9, values=(0.8, 0.9, 1.0)),
    Row(system="WGAN", metric="coherence", values=(0.5, 0.5, 0.5)),
)


def write(folder: Path, rows: tuple[Row, ...] = ROWS, seeds: tuple[int, ...] = (0, 1, 2)) -> Path:
    return write_result(
        folder,
        name="gan-digits",
        title="GANs",
        source="table 1 of [x]",
        profile=QUICK,
        seeds=seeds,
        findings=Findings(rows=rows),
        seconds=12.345,
    )


def test_mean_and_sample_deviation() -> None:
    assert ROWS[0].mean == pytest.approx(0.9)
    assert ROWS[0].std == pytest.approx(0.1)
    assert Row(system="s", metric="m", values=(3.0,)).std is None


def test_the_file_holds_rows_and_provenance(tmp_path: Path) -> None:
    result = json.loads(write(tmp_path / "book" / "results").read_text())
    assert {key: result[key] for key in ("name", "title", "profile", "source")} == {
        "name": "gan-digits",
        "title": "GANs",
        "profile": "quick",
        "source": "table 1 of [x]",
    }
    first, second = result["rows"]
    assert list(first) == ["system", "metric", "paper", "mean", "std", "seeds", "values"]
    assert first["seeds"] == [0, 1, 2]
    assert first["values"] == [0.8, 0.9, 1.0]
    assert (first["paper"], second["paper"], second["std"]) == (0.9, None, 0.0)
    provenance = result["provenance"]
    assert {"commit", "device", "versions", "seconds", "date"} <= set(provenance)
    assert provenance["seconds"] == 12.3
    assert provenance["versions"]["torch"] == torch.__version__


def test_pictures_lie_beside_the_file_with_their_words(tmp_path: Path) -> None:
    with panels(1, size=(1, 1)) as board:
        board[0].plot([0, 1])
    picture = board.picture(alt="a line", caption="It rises.")
    path = write_result(
        tmp_path,
        name="lines",
        title="Lines",
        source="",
        profile=QUICK,
        seeds=(0, 1, 2),
        findings=Findings(rows=ROWS, pictures={"first": picture}),
        seconds=1.0,
    )
    expected = {"file": "lines-first.webp", "alt": "a line", "caption": "It rises."}
    assert json.loads(path.read_text())["pictures"] == [expected]
    with Image.open(tmp_path / "lines-first.webp") as stored:
        assert stored.size == picture.images[0].size
    assert sorted(each.name for each in tmp_path.iterdir()) == ["lines-first.webp", "lines.json"]


def test_one_seed_has_no_deviation(tmp_path: Path) -> None:
    path = write(tmp_path, (Row(system="s", metric="m", values=(1.0,)),), (0,))
    assert json.loads(path.read_text())["rows"][0]["std"] is None


@pytest.mark.parametrize("values", [(), (math.nan,), (0.0, math.inf)])
def test_a_row_needs_finite_values(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"no values|not finite"):
        Row(system="s", metric="m", values=values)


def test_the_papers_value_is_finite_too() -> None:
    with pytest.raises(ValueError, match="nan is not finite"):
        Row(system="s", metric="m", values=(1.0,), paper=math.nan)


def test_a_result_needs_rows_with_a_value_for_each_seed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="gan-digits measured nothing"):
        write(tmp_path, ())
    with pytest.raises(ValueError, match="3 values for 2 seeds; give one for each"):
        write(tmp_path, ROWS, (0, 1))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    before = path.read_text()

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("udtlib.recipes.results.os.replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, (Row(system="new", metric="m", values=(1.0,)),), (0,))
    assert [each.name for each in tmp_path.iterdir()] == ["gan-digits.json"]
    assert path.read_text() == before


def test_the_commit_and_whether_files_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commit(tmp_path) is None
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    git("init")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-m", "a")
    clean = commit(tmp_path)
    assert len(clean) == 12
    (tmp_path / "a").write_text("2")
    assert commit(tmp_path) == clean + "+"
    monkeypatch.setenv("PATH", "")
    assert commit(tmp_path) is None


def nothing(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    return History()


def no_rows(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    return Findings(rows=[])


@pytest.mark.parametrize("name", ["", "a b", "../up", "a/b", ".hidden"])
def test_names_are_file_names(name: str) -> None:
    with pytest.raises(ValueError, match="also a file's name"):
        Recipe(name=name, summary="", seconds={}, train=nothing)
    with pytest.raises(ValueError, match="also a file's name"):
        Reproduction(name=name, title="", source="", seconds={}, run=no_rows)


def test_times_are_of_known_profiles() -> None:
    Recipe(name="digit-classifier_2", summary="", seconds={"quick": 3.0, "full": None}, train=nothing)
    with pytest.raises(ValueError, match="no profile 'huge'; there are quick, colab, full"):
        Recipe(name="x", summary="", seconds={"huge": 1.0}, train=nothing)
