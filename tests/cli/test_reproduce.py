"""`udt reproduce`: what it prints, writes and refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from udtlib.cli import main
from udtlib.experiments.catalogue import declared, entries, find

PLACE = f"{Path(__file__).parent.parent / 'experiments' / 'small.py'}:small"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UDT_PROFILE", "quick")


def test_a_table_is_written_when_it_is_whole(capsys: Capture, tmp_path: Path) -> None:
    assert (
        main(["reproduce", PLACE, "--seeds", "1", "--systems", "wide, really;narrow", "--out", "there"]) == 0
    )
    assert "1 runs are missing for the table, such as references, seed 0" in capsys.readouterr().out
    assert not (tmp_path / "there").exists()
    assert main(["reproduce", PLACE, "--seeds", "1", "--out", "there"]) == 0
    assert "narrow · fit: mean: " in capsys.readouterr().out
    result = json.loads((tmp_path / "there" / "small.json").read_text())
    assert {row["std"] for row in result["rows"]} == {None}
    assert result["rows"][0]["paper"] == 1.0
    assert (tmp_path / "there" / "small-points.webp").exists()


def test_the_status_counts_and_names_runs(capsys: Capture) -> None:
    assert main(["reproduce", PLACE, "--seeds", "1", "--systems", "narrow"]) == 0
    capsys.readouterr()
    assert main(["reproduce", PLACE, "--status", "--seeds", "1"]) == 0
    out = capsys.readouterr().out
    assert "1 done, 2 missing" in out
    assert "narrow, seed 0: done" in out


def test_runs_are_merged_from_another_folder(capsys: Capture) -> None:
    assert main(["reproduce", PLACE, "--seeds", "1", "--runs", "elsewhere"]) == 0
    assert main(["reproduce", PLACE, "--seeds", "1", "--merge", "elsewhere"]) == 0
    out = capsys.readouterr().out
    assert "3 runs taken over from elsewhere" in out
    assert main(["reproduce", PLACE, "--seeds", "1", "--merge", "nowhere"]) == 2
    assert "nowhere holds no finished run of small" in capsys.readouterr().err


def test_every_experiment_is_listed_with_what_was_measured(capsys: Capture, tmp_path: Path) -> None:
    result = {
        "profile": "quick", "rows": [{"seeds": [0, 1]}], "provenance": {"seconds": 12.3},
    }  # fmt: skip
    (tmp_path / "book" / "results").mkdir(parents=True)
    (tmp_path / "book" / "results" / "ring-modes.json").write_text(json.dumps(result))
    assert main(["reproduce", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(entries())
    assert any(line.startswith("ring-modes ") and line.endswith("[quick, 2 seeds, 12 s]") for line in lines)
    assert any(line.endswith("[not measured]") for line in lines)


def test_a_list_imports_nothing_heavy() -> None:
    script = (
        "import sys; from udtlib.cli import main; main(['reproduce', '--list'])\n"
        "heavy = {'torch', 'numpy', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


@pytest.mark.parametrize("name", sorted(entries()))
def test_what_is_listed_is_what_is_declared(name: str) -> None:
    entry, experiment = entries()[name], find(name)
    assert (experiment.name, experiment.title, experiment.source) == (entry.name, entry.title, entry.source)


def test_names_that_need_an_import_are_refused() -> None:
    with pytest.raises(
        ValueError, match="m, line 1: an Experiment's name, title and source are literal strings"
    ):
        [*declared("A = Experiment(name=NAME, title='t', source='s')", module="m")]
