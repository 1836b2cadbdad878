"""Each source notebook is one that nbgrader can work with, and what it releases gives nothing away."""

import json
import re
import zipfile
from pathlib import Path

import pytest
from classroom.notebook import FIGURE_TAG, answer_cells, graded_cells, read, role
from nbgrader.nbgraderformat import MetadataValidator

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "assignments" / "source").glob("*/*.ipynb"))
REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.DOTALL)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_source_is_valid(path):
    notebook = read(path)
    MetadataValidator().validate_nb(notebook)
    names = [role(cell)[1] for cell in notebook.cells if role(cell)[0]]
    assert len(names) == len(set(names))
    cells = graded_cells(notebook)
    assert all(cell.points > 0 for cell in cells)
    assert 20 <= sum(cell.points for cell in cells) <= 30
    assert len({cell.task for cell in cells}) >= 4


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_source_stores_no_output_and_no_machine(path):
    notebook = read(path)
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_assertion_of_a_graded_cell_explains_itself(path):
    import ast

    for cell in read(path).cells:
        if role(cell)[0] == "graded":
            for node in ast.walk(ast.parse(cell.source)):
                assert not isinstance(node, ast.Assert) or node.msg is not None, (
                    f"{role(cell)[1]}: line {node.lineno}"
                )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_figures_are_locked_because_the_grader_skips_them(path):
    for cell in read(path).cells:
        if FIGURE_TAG in cell.metadata.get("tags", []):
            assert role(cell)[0] == "locked"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_setup_cell_is_that_of_the_chapters(path):
    def setup(notebook_path):
        return [cell.source for cell in read(notebook_path).cells if "setup" in cell.metadata.get("tags", [])]

    assert len(setup(path)) == 1
    for chapter in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert setup(chapter) == setup(path), (
            f"{chapter.name} and {path.name} set up differently; copy one cell"
        )


@pytest.mark.slow
def test_the_release_gives_nothing_away(any_course):
    course = any_course
    source, release = read(course.source), read(course.release)
    text = course.release.read_text(encoding="utf-8")
    assert "SOLUTION" not in text
    assert "HIDDEN" not in text
    by_name = {role(cell)[1]: cell.source for cell in release.cells if role(cell)[0]}
    regions = 0
    for cell in source.cells:
        for _, secret in REGION.findall(cell.source):
            regions += 1
            lines = {line.strip() for line in secret.splitlines()} - {""}
            kept = REGION.sub("", cell.source)
            shown = by_name[role(cell)[1]]
            assert not [line for line in lines if line in shown and line not in kept]
    assert regions > 10
    assert all("raise NotImplementedError" in code for code in answer_cells(release).values())
    assert graded_cells(release) == graded_cells(source)


@pytest.mark.slow
def test_the_release_shows_no_machine(any_course):
    course = any_course
    text = course.release.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert str(Path.home()) not in text or str(Path.home()) == "/"


@pytest.mark.slow
def test_the_zip_holds_the_release(any_course):
    name = f"{any_course.assignment}/{any_course.assignment}.ipynb"
    with zipfile.ZipFile(any_course.archive) as archive:
        assert archive.namelist() == [name]
        assert json.loads(archive.read(name))["cells"]


def test_an_unknown_assignment_is_refused(root, tmp_path):
    from classroom.course import generate

    with pytest.raises(ValueError, match=r"no assignment '99_nothing'; there are: .*01_gans"):
        generate("99_nothing", root=root, build=tmp_path)


@pytest.mark.slow
def test_the_first_cell_goes_on_where_the_library_cannot_be_installed(course, monkeypatch, capsys):
    import importlib.util
    import subprocess

    def refuse(*given, **options):
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(subprocess, "check_call", refuse)
    first = next(cell for cell in read(course.release).cells if cell.cell_type == "code")
    exec(first.source, {})
    assert "Go on: this assignment needs only torch." in capsys.readouterr().out
