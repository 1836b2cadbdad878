"""The engine: what it keeps, resumes, adds, refuses and merges, and that a table depends on nothing else."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from udtlib.evaluate.stored import read_report, write_report
from udtlib.experiments.catalogue import find
from udtlib.experiments.engine import StaleRunError, merge, reproduce, state_of
from udtlib.experiments.runs import Unit, folder_of
from udtlib.profiles import Profile

HERE = Path(__file__).parent
PLACE = f"{HERE / 'small.py'}:small"
QUICK = Profile(name="quick", device=torch.device("cpu"))


def made(place=PLACE, *, root, seeds=(0, 1), say=lambda line: None, **options):
    return reproduce(place, QUICK, seeds=seeds, root=root, say=say, **options)


def rows(report):
    return {row.system: list(row.measures()) for row in report.rows}


def records(root):
    return {path: path.stat().st_mtime_ns for path in sorted(root.rglob("run.json"))}


def test_a_file_edited_meanwhile_does_not_change_what_a_run_is_told_by(tmp_path):
    mine = tmp_path / "mine.py"
    text = (HERE / "small.py").read_text("utf-8")
    mine.write_text(text, "utf-8")
    edits = iter(range(100))

    def edit(line):
        # What stands in the file now lies elsewhere, as when somebody works on it while the table is made.
        mine.write_text(
            f"def new_{next(edits)}():\n    return {line!r}\n\n\n" + mine.read_text("utf-8"), "utf-8"
        )

    reproduce(f"{mine}:small", QUICK, seeds=(0, 1), root=tmp_path / "runs", say=edit)
    assert mine.read_text("utf-8").count("def new_") > 4
    command = [sys.executable, "-m", "udtlib.cli", "reproduce", f"{mine}:small", "--status"]
    options = ["--seeds", "2", "--profile", "quick", "--runs", str(tmp_path / "runs")]
    status = subprocess.run([*command, *options], capture_output=True, text=True, check=True, timeout=120)
    assert status.stdout.splitlines()[0].endswith("small: 6 done")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A table of two seeds, and the folder of its runs."""
    root = tmp_path_factory.mktemp("runs")
    return made(root=root), root


def test_a_table_has_every_system_and_every_seed(whole):
    report, _ = whole
    assert [row.system for row in report.rows] == ["narrow", "wide, really", "the target", "x itself"]
    assert all(len(values) == 2 for row in report.rows for _, _, values in row.measures())
    assert [question for question, _, _ in report.rows[0].measures()] == ["fit", "fit", "effort"]
    assert dict(report.rows[0].paper) == {"mean": 1.0}
    assert {(run.system, run.seed) for run in report.runs} == {
        (name, seed) for name in ("narrow", "wide, really", "references") for seed in (0, 1)
    }
    assert all(run.settings and run.device for run in report.runs)
    assert list(report.pictures) == ["points"]


def test_it_is_written_and_read_again(whole, tmp_path):
    report, _ = whole
    path = write_report(report, tmp_path)
    assert path.name == "small.json"
    assert (tmp_path / "small-points.webp").exists()
    keys = {"system", "metric", "question", "paper", "mean", "std", "seeds", "values"}
    assert all(set(row) == keys for row in json.loads(path.read_text())["rows"])
    again = read_report(path)
    assert rows(again) == rows(report)
    assert again.runs == report.runs


def test_what_is_there_is_not_trained_again(whole):
    report, root = whole
    before = records(root)
    assert rows(made(root=root)) == rows(report)
    assert records(root) == before


def test_another_seed_trains_only_itself(whole):
    report, root = whole
    before = records(root)
    third = made(root=root, seeds=(0, 1, 2))
    after = records(root)
    assert {path: time for path, time in after.items() if path in before} == before
    assert len(after) == len(before) + 3
    for system, measures in rows(report).items():
        for (question, name, values), (_, _, more) in zip(measures, rows(third)[system], strict=True):
            assert more[:2] == values, (system, question, name)


def test_another_system_trains_only_itself(tmp_path):
    assert made(root=tmp_path, systems=["narrow"], seeds=(0,)) is None
    (first,) = records(tmp_path)
    time_of = first.stat().st_mtime_ns
    assert made(root=tmp_path, seeds=(0,)) is not None
    assert first.stat().st_mtime_ns == time_of
    assert len(records(tmp_path)) == 3


@pytest.mark.slow
def test_processes_side_by_side_make_the_same_table(whole, tmp_path):
    report, _ = whole
    assert rows(made(root=tmp_path, jobs=2)) == rows(report)


@pytest.mark.slow
def test_a_killed_table_ends_with_the_same_numbers(tmp_path):
    """Killed with no chance to clean up, in the middle of a training, and started again."""
    environment = {
        **os.environ,
        "SMALL_STEPS": "60",
        "SMALL_SLOW": "0.02",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    script = (
        "import sys, torch\nfrom pathlib import Path\nfrom udtlib.experiments.engine import reproduce\n"
        "from udtlib.profiles import Profile\nif __name__ == '__main__':\n"
        "    r = reproduce(sys.argv[1], Profile(name='quick', device=torch.device('cpu')), seeds=(0,),"
        " root=Path(sys.argv[2]), jobs=int(sys.argv[3]))\n"
        "    print({row.system: list(row.measures()) for row in r.rows})\n"
    )
    (tmp_path / "run.py").write_text(script)
    command = [sys.executable, str(tmp_path / "run.py"), PLACE]
    killed = tmp_path / "killed"
    process = subprocess.Popen([*command, str(killed), "2"], env=environment, start_new_session=True)
    checkpoint = killed / "small/quick/narrow/seed-0/checkpoint.pt"
    for _ in range(600):
        if checkpoint.exists():
            break
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert checkpoint.exists()
    assert not (killed / "small/quick/narrow/seed-0/run.json").exists()
    results = [
        subprocess.run(
            [*command, str(root), "1"], env=environment, capture_output=True, text=True, check=True
        )
        for root in (killed, tmp_path / "whole")
    ]
    ended, untouched = (result.stdout.splitlines()[-1] for result in results)
    assert ended == untouched


def test_runs_of_other_settings_are_refused_and_named(tmp_path, whole):
    _, root = whole
    source = (HERE / "small.py").read_text()
    other = tmp_path / "small.py"
    other.write_text(source.replace("width=12", "width=13"))
    with pytest.raises(StaleRunError, match=r"2 of 6 runs were made under other settings.*game.*--fresh"):
        made(f"{other}:small", root=root)
    # Comments, docstrings and layout are no settings.
    same = tmp_path / "same" / "small.py"
    same.parent.mkdir()
    same.write_text(
        source.replace("def wide(pair, setting):\n", 'def wide(pair, setting):\n    """Wide."""\n')
    )
    experiment = find(f"{same}:small")
    assert state_of(experiment, Unit("wide, really", 0), QUICK, root=root) == "done"


def test_steps_are_settings(whole, tmp_path):
    _, root = whole
    other = tmp_path / "small.py"
    other.write_text((HERE / "small.py").read_text().replace("batch_size=8", "batch_size=9"))
    with pytest.raises(StaleRunError, match=r"training.batch_size: 8 there, 9 here"):
        made(f"{other}:small", root=root)


def test_fresh_trains_again(tmp_path):
    made(root=tmp_path, seeds=(0,))
    before = records(tmp_path)
    made(root=tmp_path, seeds=(0,), fresh=True)
    assert all(time > before[path] for path, time in records(tmp_path).items())


def test_what_two_tables_have_is_trained_once(tmp_path):
    first = made(root=tmp_path, seeds=(0,))
    again, said = str(HERE / "small.py") + ":again", []
    second = made(again, root=tmp_path, seeds=(0, 1), say=said.append)
    assert second.cell("slim", "spread")[0] == first.cell("narrow", "spread")[0]
    # Seed 0 alone was there, and the longer training is another one.
    assert [line for line in said if "trained as" in line] == [
        f"again · slim, seed 0: trained as {tmp_path / 'small' / 'quick' / 'narrow' / 'seed-0'}"
    ]
    seconds = {(run.system, run.seed): run.seconds for run in second.runs}
    assert seconds["slim", 0] == next(run.seconds for run in first.runs if run.system == "narrow")
    # It stands alone: the other table's run may go.
    shutil.rmtree(tmp_path / "small")
    assert rows(made(again, root=tmp_path, seeds=(0, 1))) == rows(second)


@pytest.mark.parametrize(("file", "line"), [("checkpoint.pt", "is of no use here"), ("run.json", "begun")])
def test_what_is_damaged_in_another_table_does_not_stop_this_one(tmp_path, file, line):
    first = made(root=tmp_path, seeds=(0,))
    (tmp_path / "small" / "quick" / "narrow" / "seed-0" / file).write_text("nothing")
    said = []
    second = made(str(HERE / "small.py") + ":again", root=tmp_path, seeds=(0,), say=said.append)
    assert second.cell("slim", "spread")[0] == first.cell("narrow", "spread")[0]
    assert any("slim" in each and line in each for each in said)


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_fresh_takes_nothing_from_another_table(tmp_path, jobs):
    made(root=tmp_path, seeds=(0,))
    again, said = str(HERE / "small.py") + ":again", []
    made(again, root=tmp_path, seeds=(0,), fresh=True, jobs=jobs, say=said.append)
    file = tmp_path / "again" / "quick" / "slim" / "seed-0" / "run.json"
    other = tmp_path / "small" / "quick" / "narrow" / "seed-0" / "run.json"
    assert json.loads(file.read_text())["seconds"] != json.loads(other.read_text())["seconds"]


def test_other_scores_are_scored_from_what_was_trained(tmp_path):
    first = made(root=tmp_path, seeds=(0,))
    other = tmp_path / "small.py"
    other.write_text(
        (HERE / "small.py").read_text().replace('"spread": made.std()', '"spread": 2 * made.std()')
    )
    experiment = find(f"{other}:small")
    assert state_of(experiment, Unit("narrow", 0), QUICK, root=tmp_path) == "to be scored"
    checkpoint = folder_of(tmp_path, experiment, QUICK, Unit("narrow", 0)) / "checkpoint.pt"
    second = made(f"{other}:small", root=tmp_path, seeds=(0,))
    # The checkpoint of the last step was read, and no step was taken.
    assert second.runs[0].seconds == first.runs[0].seconds
    assert checkpoint.exists()
    assert second.cell("narrow", "spread")[0] == pytest.approx(2 * first.cell("narrow", "spread")[0])
    assert second.cell("narrow", "mean") == first.cell("narrow", "mean")


def test_runs_of_another_machine_are_merged(whole, tmp_path):
    report, root = whole
    assert made(root=tmp_path, systems=["narrow"]) is None
    taken = merge(PLACE, QUICK, root, root=tmp_path)
    assert sorted({path.parent.name for path in taken}) == ["_references", "narrow", "wide-really"]
    assert (
        len([path for path in taken if path.parent.name == "narrow"])
        == len([*(root / "small/quick/narrow").glob("seed-*")]) - 2
    )
    assert rows(made(root=tmp_path)) == rows(report)
    with pytest.raises(FileNotFoundError, match="no finished run of small"):
        merge(PLACE, QUICK, tmp_path / "nowhere", root=tmp_path)


def test_a_measure_of_its_own(tmp_path):
    report = made(f"{HERE / 'small.py'}:own", root=tmp_path)
    (a,), (b,) = ([v for _, _, v in measures] for measures in rows(report).values())
    assert b[1] == pytest.approx(a[1] + 1)
    assert made(f"{HERE / 'small.py'}:own", root=tmp_path / "again").cell("a", "drawn") == a
    with pytest.raises(ValueError, match="measures all its systems at once"):
        made(f"{HERE / 'small.py'}:own", root=tmp_path, systems=["a"])


def test_a_run_that_diverges_is_recorded_and_the_others_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("SMALL_BROKEN", "diverges")
    other = tmp_path / "lost.py"
    other.write_text((HERE / "small.py").read_text())
    report = made(f"{other}:lost", root=tmp_path, seeds=(0, 1, 2))
    assert report.rows[0].seeds == (0, 2)
    assert [run.diverged for run in report.runs] == [None, "the term 'fool' was not finite at step 3", None]


def test_a_run_that_fails_does_not_take_the_others_along(tmp_path):
    other = tmp_path / "small.py"
    other.write_text(
        (HERE / "small.py").read_text().replace("return game(pair, setting, width=12)", "raise OSError(7)")
    )
    with pytest.raises(RuntimeError, match=r"1 of 3 runs failed.*wide, really, seed 0: OSError: 7"):
        made(f"{other}:small", root=tmp_path, seeds=(0,))
    assert len(records(tmp_path)) == 2


def test_a_damaged_record_is_named(tmp_path):
    made(root=tmp_path, seeds=(0,))
    (first, *_) = records(tmp_path)
    first.write_text("{")
    with pytest.raises(ValueError, match=r"run\.json is damaged .* delete it"):
        made(root=tmp_path, seeds=(0,))


def test_unknown_names_list_what_there_is(tmp_path):
    with pytest.raises(ValueError, match="no system 'broad'; there are narrow, wide, really"):
        made(root=tmp_path, systems=["broad"])
    with pytest.raises(ValueError, match="no experiment 'nothing'; there are small, again, lost, own"):
        find(f"{HERE / 'small.py'}:nothing")
    with pytest.raises(ValueError, match="there is no experiment 'nothing'; expected"):
        find("nothing")
    with pytest.raises(FileNotFoundError, match=r"give FILE\.py:NAME"):
        find(f"{tmp_path / 'absent.py'}:small")
