"""CONTRIBUTING.md does what it says: its Python runs, its files obey the laws, its commands make the table.

A block that begins with ``# FILE.py`` is (a part of) that file; every other one is typed into a session.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import udtlib.data
import udtlib.objectives
from tests import test_chapters as chapter_laws
from tools.fold_cells import fold
from udtlib.cli import main
from udtlib.evaluate.exercises import keys
from udtlib.evaluate.exercises.answers import chapters
from udtlib.experiments.catalogue import declared

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
#: Files that the guide makes, or that are there once it has been followed.
MADE = re.compile(r"crescents|same_shift")
ALIGNMENT = "mean ‖T(x) − T*(x)‖"


class Block(NamedTuple):
    language: str
    file: str
    text: str


def blocks() -> list[Block]:
    """The guide's code, in its order; without the line that names a file."""
    found = []
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL):
        first, _, rest = text.partition("\n")
        named = re.fullmatch(r"# (\S+\.py)", first) if language == "python" else None
        found.append(Block(language, named[1] if named else "", rest if named else text))
    return found


def parts(file: str) -> list[str]:
    """The blocks that make up a file."""
    return [block.text for block in blocks() if block.file == file]


def imports_of(text: str) -> list[str]:
    """The lines of its imports."""
    nodes = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return [line for node in nodes for line in text.splitlines()[node.lineno - 1 : node.end_lineno]]


def commands(text: str) -> list[list[str]]:
    """The arguments of the commands that begin with ``udt``."""
    return [shlex.split(line)[1:] for line in text.splitlines() if line.startswith("udt ")]


def follow(carry_out: Callable[[list[str]], None]) -> dict[str, Any]:
    """Do what the guide says, block by block, in this folder; returns the session's names."""
    session: dict[str, Any] = {"__name__": "crescents"}
    for block in blocks():
        if block.file == "crescents.py":
            with Path(block.file).open("a", encoding="utf-8") as file:
                file.write(("\n\n" if file.tell() else "") + block.text)
        if block.language == "python" and block.file in ("", "crescents.py"):
            exec(compile(block.text, "CONTRIBUTING.md", "exec"), session)
        for arguments in commands(block.text) if block.language == "bash" else []:
            carry_out(arguments)
    return session


def alignments(system: str) -> list[float]:
    """By seed, how far a system of the written table is from the right answers."""
    rows = json.loads(Path("book/results/crescents.json").read_text(encoding="utf-8"))["rows"]
    (values,) = [row["values"] for row in rows if (row["system"], row["metric"]) == (system, ALIGNMENT)]
    return values


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder in the place of the repository's root."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UDT_PROFILE", "quick")
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "_setup_cell.py", tmp_path / "notebooks")
    return tmp_path


def test_the_python_runs_and_the_table_says_what_the_text_says(here: Path, capsys: Any) -> None:
    """The first command alone, for one seed and in this process; the others have a slow test."""
    done = []

    def first_alone(arguments: list[str]) -> None:
        if not done:
            done.append(main([*arguments, "--seeds", "1", "--jobs", "1"]))

    session = follow(first_alone)
    assert done == [0]
    assert "crescents/quick/same-shift/seed-0" in capsys.readouterr().out
    assert alignments("the truth") == [0.0]
    assert alignments("same shift")[0] < 0.3 < 0.6 < alignments("fit alone")[0]
    assert session["record"].steps == session["training"](session["profiles"].detect()).steps


@pytest.mark.slow
def test_the_commands_do_what_the_text_says(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []

    def carry_out(arguments: list[str]) -> None:
        assert main(arguments) == 0, arguments
        said.append(capsys.readouterr().out)

    follow(carry_out)
    two, status, three, theirs, merged, trained = said
    assert two.count("written to") == 1
    assert re.search(r"crescents.py:crescents: 6 done, 3 missing", status)
    assert {line.partition(":")[0] for line in three.splitlines() if line.endswith(": begun")} == {
        f"crescents · {name}, seed 2" for name in ("fit alone", "same shift", "references")
    }
    assert theirs.count(": begun") == 4
    assert "1 runs taken over from theirs" in merged
    assert "same shift, seed 3: begun" not in merged
    assert "begun" not in trained
    assert len(alignments("same shift")) == 4
    # Every seed finds the move with the bias, and goes astray without.
    assert max(alignments("same shift")) < 0.3 < 0.6 < min(alignments("fit alone"))


@pytest.mark.slow
def test_a_changed_step_size_makes_runs_stale(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reproduce = ["reproduce", "--seeds", "1", "--systems", "same shift"]
    for text, change in ((1, ""), (2, "rate=2e-3")):
        source = "\n\n".join(parts("crescents.py"))
        Path(str(text)).mkdir()
        Path(f"{text}/crescents.py").write_text(source.replace("rate=3e-3", change) if change else source)
    assert main([*reproduce, "1/crescents.py:crescents"]) == 0
    capsys.readouterr()
    assert main(["reproduce", "2/crescents.py:crescents", "--status", "--seeds", "1"]) == 0
    assert "same shift, seed 0: stale" in capsys.readouterr().out
    assert main([*reproduce, "2/crescents.py:crescents"]) == 2
    refused = capsys.readouterr().err
    assert all(word in refused for word in ("0.003 there, 0.002 here", "--runs", "--fresh"))


def test_a_table_is_one_declaration_of_at_most_forty_lines() -> None:
    text = parts("crescents.py")[2]
    assert len(text.strip().splitlines()) - len(imports_of(text)) <= 40
    module = "udtlib.experiments.crescents"
    assert [entry.name for entry in declared(text, module=module)] == ["crescents"]
    # What a method's table names it in: one entry of its systems.
    assert sum("SameShift" in line for line in text.splitlines()) == 1


def test_the_files_are_in_the_projects_style(here: Path) -> None:
    """Imports stand in the middle of a file only as long as its three parts are one."""
    ruff = [sys.executable, "-m", "ruff"]
    own = 'lint.isort.known-first-party=["udtlib"]'
    options = ["--config", str(ROOT / "pyproject.toml"), "--config", own]
    Path("crescents.py").write_text("\n\n".join(parts("crescents.py")))
    Path("keys.py").write_text("".join(parts("udtlib/evaluate/exercises/keys/crescents.py")))
    for action in (["check", "--ignore", "E402"], ["format", "--check"]):
        done = subprocess.run(
            [*ruff, *action, *options, "crescents.py", "keys.py"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


class Passed:
    """Collects the tests that passed in an inner run of pytest."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.names.append(report.nodeid.partition("::")[2])


@pytest.fixture
def moved(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pair and the bias where the guide's table puts them, so that the package has them, too."""
    for package, file, text in zip(
        (udtlib.data, udtlib.objectives),
        ("crescents.py", "same_shift.py"),
        parts("crescents.py")[:2],
        strict=True,
    ):
        folder = here / package.__name__
        folder.mkdir()
        (folder / file).write_text(text, encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        monkeypatch.delitem(sys.modules, f"{package.__name__}.{file[:-3]}", raising=False)
    yield here
    for name in ("udtlib.data.crescents", "udtlib.objectives.same_shift"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("file", "case", "laws"),
    [("test_pairs.py", "crescents", 5), ("test_objectives.py", "same-shift", 8)],
)
def test_the_laws_hold_for_what_joins_by_a_line(moved: Path, file: str, case: str, laws: int) -> None:
    (line,) = parts(f"tests/contracts/{file}")
    imports = "".join(parts("udtlib/experiments/crescents.py"))
    text = (ROOT / "tests" / "contracts" / file).read_text(encoding="utf-8")
    assert text.count("\nCASES = [\n") == text.count("\nclass Case(") == 1
    text = text.replace("\nCASES = [\n", f"\nCASES = [\n{line.rstrip()},\n")
    text = text.replace("\nclass Case(", f"\n{imports}\n\nclass Case(")
    (moved / file).write_text(text, encoding="utf-8")
    passed = Passed()
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-p", "no:cacheprovider", "-s"]
    assert pytest.main([*options, str(moved / file), "-k", f"[{case}"], plugins=[passed]) == 0
    assert len(passed.names) >= laws, passed.names


def test_the_experiment_moves_into_the_package(moved: Path) -> None:
    """Its third block, with the imports that the guide adds, is a module that declares the experiment."""
    imports = "".join(parts("udtlib/experiments/crescents.py"))
    names: dict[str, Any] = {"__name__": "udtlib.experiments.crescents"}
    exec(compile(imports + parts("crescents.py")[2], "crescents.py", "exec"), names)
    assert set(names["CRESCENTS"].systems) == {"fit alone", "same shift"}


@pytest.fixture
def chapter(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The guide's chapter, folded, and the file of its keys among the library's."""
    (block,) = [block for block in blocks() if "nbformat.write" in block.text]
    exec(compile(block.text, "CONTRIBUTING.md", "exec"), {})
    path = here / "notebooks" / "11_crescents.ipynb"
    path.write_text(json.dumps(fold(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
    folder = here / "keys"
    folder.mkdir()
    (folder / "crescents.py").write_text("".join(parts("udtlib/evaluate/exercises/keys/crescents.py")))
    monkeypatch.setattr(keys, "__path__", [*keys.__path__, str(folder)])
    chapters.cache_clear()
    yield path
    sys.modules.pop(f"{keys.__name__}.crescents", None)
    chapters.cache_clear()


def test_the_chapter_is_one(chapter: Path) -> None:
    """By the tests that every chapter passes before it is executed."""
    chapter_laws.test_no_key_stands_in_a_chapter(chapter)
    chapter_laws.test_a_chapter_answers_its_own_exercises_once_each(chapter)
    chapter_laws.test_a_claim_can_be_read_alone(chapter)
    chapter_laws.test_plumbing_is_folded(chapter)
    first = chapter_laws.code_cells(chapter)[0]
    assert chapter_laws.source(first).strip() == Path("notebooks/_setup_cell.py").read_text("utf-8").strip()


def test_the_chapters_cells_claim_and_ask(chapter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for cell in chapter_laws.code_cells(chapter):
        exec(compile(chapter_laws.source(cell), chapter.name, "exec"), names)
    said = capsys.readouterr().out
    assert said.count("✓ variance of the shifts of ") == 2
    assert "○ the variance of the shifts: not answered yet" in said
    for given, verdict in ((4.0, "✓"), (2.0, "✗"), (0.0, "✗"), (1.0, "✗")):
        names["answer"]("ex-cr-variance", given)
        assert capsys.readouterr().out.startswith(verdict)


def test_the_map_names_every_room() -> None:
    section = GUIDE.partition("## The rooms")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)/`", section)) - {"udtlib", "tests"}
    rooms = {path.parent.name for path in (ROOT / "udtlib").glob("*/__init__.py")}
    assert named == rooms


def test_what_the_guide_points_to_is_there() -> None:
    paths = re.findall(r"`((?:udtlib|tests|tools|book|notebooks)/[\w./-]+)`", GUIDE)
    assert len(paths) > 10
    assert [path for path in paths if not MADE.search(path) and not (ROOT / path).exists()] == []
    assert "(CONTRIBUTING.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
