"""Right answers keep their points, whatever happened to the notebook on its way to the grader."""

import copy
import json
import re
import sys

import nbformat
import pytest
from classroom.batch import best_room, grade_all
from classroom.matching import rebuilt
from classroom.notebook import answer_cells, read, role, with_answers
from classroom.sandbox import rooms
from classroom.submission import Job
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples


@pytest.fixture(scope="module")
def release(course):
    return read(course.release)


@pytest.fixture(scope="module")
def source(course):
    return read(course.source)


@pytest.fixture(scope="module")
def answered(release, source):
    """The release, filled in by somebody who is right."""
    marks = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
    return with_answers(release, {name: marks.sub("", code) for name, code in answer_cells(source).items()})


def place(notebook, name):
    return next(i for i, cell in enumerate(notebook.cells) if role(cell)[1] == name)


def unmarked(code):
    return nbformat.v4.new_code_cell(code)


def split(notebook, release, *, line, name="answer_discriminator_step", marked=False):
    """A graded cell split in two, before one of its lines."""
    at = place(notebook, name)
    cell = notebook.cells[at]
    lines = cell.source.splitlines()
    second = nbformat.from_dict({**copy.deepcopy(cell), "id": "other"}) if marked else unmarked("")
    second.source = "\n".join(lines[line:])
    cell.source = "\n".join(lines[:line])
    notebook.cells.insert(at + 1, second)


def stub_above(notebook, release, *, marked):
    at = place(notebook, "answer_saturating")
    stub = copy.deepcopy(release.cells[place(release, "answer_saturating")])
    if not marked:
        notebook.cells[at] = unmarked(notebook.cells[at].source)
    notebook.cells.insert(at, stub)


def pasted_below(notebook, release, *, marked):
    below = [copy.deepcopy(cell) for cell in notebook.cells]
    for cell in below:
        cell.pop("id", None)
        if not marked:
            cell.metadata = nbformat.NotebookNode()
    notebook.cells = [*copy.deepcopy(release.cells), *below]


def retyped(notebook, release, *, names, end=False):
    for name in names:
        at = place(notebook, name)
        cell = unmarked(notebook.cells.pop(at).source)
        notebook.cells.insert(len(notebook.cells) if end else at, cell)


def no_marks(notebook, release, *, ids):
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
        if not ids:
            cell.pop("id", None)


def answer_in_the_test(notebook, release):
    at = place(notebook, "answer_saturating")
    test = notebook.cells[place(notebook, "generator_saturating")]
    test.source = f"{notebook.cells[at].source}\n\n{test.source}"
    notebook.cells[at].source = release.cells[place(release, "answer_saturating")].source


def everything_in_one_cell(notebook, release):
    code = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    notebook.cells = [unmarked(code)]


def helper_at_the_end(notebook, release):
    """A retyped answer whose helper is retyped as well."""
    at = place(notebook, "answer_saturating")
    notebook.cells.pop(at)
    notebook.cells.append(unmarked("def half_of_it(a):\n    return F.softplus(a)"))
    notebook.cells.append(
        unmarked("def saturating_loss(fake_logit):\n    return -half_of_it(fake_logit).mean()")
    )


def magic(notebook, release):
    cell = notebook.cells[place(notebook, "answer_saturating")]
    cell.source = f"%matplotlib inline\n!echo hello\n{cell.source}"
    notebook.cells.insert(3, unmarked("%%time\ntwo = 2"))


def own_names_like_the_tests(notebook, release):
    cell = notebook.cells[place(notebook, "answer_saturating")]
    cell.source = (
        "def _real(a):\n    return F.softplus(a)\n\n_fake = _draw = _logit = blank = value = None\n\n"
        "def saturating_loss(fake_logit):\n    return -_real(fake_logit).mean()"
    )


ALL = ("answer_discriminator_loss", "answer_saturating", "answer_nonsaturating", "answer_discriminator_step",
       "answer_generator_step", "answer_gradient_penalty", "answer_diagnose")  # fmt: skip
ACCIDENTS = {
    "nothing": lambda n, r: None,
    "split within a function": lambda n, r: split(n, r, line=4),
    "split, both marked": lambda n, r: split(n, r, line=4, marked=True),
    "split after the first line": lambda n, r: split(n, r, line=1),
    "stub above, unmarked answer": lambda n, r: stub_above(n, r, marked=False),
    "stub above, both marked": lambda n, r: stub_above(n, r, marked=True),
    "pasted below": lambda n, r: pasted_below(n, r, marked=False),
    "pasted below, with marks": lambda n, r: pasted_below(n, r, marked=True),
    "one retyped": lambda n, r: retyped(n, r, names=ALL[:1]),
    "one retyped at the end": lambda n, r: retyped(n, r, names=ALL[:1], end=True),
    "all retyped": lambda n, r: retyped(n, r, names=ALL),
    "all retyped at the end": lambda n, r: retyped(n, r, names=ALL, end=True),
    "no marks": lambda n, r: no_marks(n, r, ids=True),
    "no marks and no ids": lambda n, r: no_marks(n, r, ids=False),
    "answer in the test's cell": answer_in_the_test,
    "everything in one cell": everything_in_one_cell,
    "helper at the end": helper_at_the_end,
    "magic": magic,
    "names like the tests'": own_names_like_the_tests,
}
FORMS = ("byte-order mark", "utf-16", "script", "script in one piece")


def as_script(notebook, *, cells):
    mark = "# %%\n" if cells else ""
    return "\n\n".join(mark + cell.source for cell in notebook.cells if cell.cell_type == "code")


@pytest.fixture(scope="module")
def results(course, release, answered, tmp_path_factory):
    """Every accident, graded."""
    folder = tmp_path_factory.mktemp("accidents")
    paths = {}
    for number, (name, happens) in enumerate(ACCIDENTS.items()):
        notebook = copy.deepcopy(answered)
        happens(notebook, release)
        for cell in notebook.cells:
            cell.setdefault("metadata", {})
        paths[name] = folder / f"{number}.ipynb"
        paths[name].write_text(json.dumps(notebook), encoding="utf-8")
    text = nbformat.writes(answered)
    for number, name in enumerate(FORMS):
        paths[name] = folder / f"form{number}{'.py' if 'script' in name else '.ipynb'}"
    paths["byte-order mark"].write_bytes(b"\xef\xbb\xbf" + text.encode())
    paths["utf-16"].write_bytes(text.encode("utf-16"))
    paths["script"].write_text(as_script(answered, cells=True), encoding="utf-8")
    paths["script in one piece"].write_text(as_script(answered, cells=False), encoding="utf-8")
    room = best_room()
    jobs = [
        Job(
            name=name,
            assignment="01_gans",
            notebook=path,
            release=course.release.read_text(encoding="utf-8"),
            source=course.source.read_text(encoding="utf-8"),
            folder=folder / f"graded-{path.stem}",
            room=room,
        )
        for name, path in paths.items()
    ]
    return {result.name: result for result in grade_all(jobs, workers=2)}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="grading needs fork")
@pytest.mark.parametrize("name", [*ACCIDENTS, *FORMS])
def test_a_right_answer_keeps_all_its_points(results, name):
    result = results[name]
    assert (result.total, result.errors) == (30.0, {})
    assert result.look == ()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="grading needs fork")
@pytest.mark.parametrize("room", rooms())
def test_a_script_may_import_what_python_has_in_every_room(course, answered, tmp_path, room):
    """Another account may be unable to read Python's own files, as where they lie in the home of root."""
    script = tmp_path / "script.py"
    script.write_text(
        "import html\nimport statistics\n\n" + as_script(answered, cells=False), encoding="utf-8"
    )
    job = Job(
        name="script",
        assignment="01_gans",
        notebook=script,
        release=course.release.read_text(encoding="utf-8"),
        source=course.source.read_text(encoding="utf-8"),
        folder=tmp_path / "graded",
        room=room,
    )
    (result,) = grade_all([job], workers=1)
    if result.unread and room not in ("limits", "clock"):
        pytest.skip(f"this system has no {room}")
    assert (result.total, result.errors) == (30.0, {})


@pytest.mark.slow
def test_what_was_put_right_is_told(results):
    assert results["nothing"].notes == ()
    assert "split into several cells" in " ".join(results["split within a function"].notes)
    assert "found by what it defines" in " ".join(results["one retyped"].notes)
    assert "marks are gone" in " ".join(results["no marks and no ids"].notes)


@examples(15)
@given(data=st.data())
def test_an_answer_is_found_wherever_it_was_split_moved_or_retyped(data, release, answered, source):
    notebook = copy.deepcopy(answered)
    name = data.draw(st.sampled_from(ALL))
    lines = notebook.cells[place(notebook, name)].source.splitlines()
    how = data.draw(st.sampled_from(["split", "retype", "unmark"]))
    if how == "split":
        split(
            notebook,
            release,
            name=name,
            line=data.draw(st.integers(1, len(lines) - 1)),
            marked=data.draw(st.booleans()),
        )
    elif how == "retype":
        retyped(notebook, release, names=[name], end=data.draw(st.booleans()))
    else:
        no_marks(notebook, release, ids=data.draw(st.booleans()))
    made = rebuilt(notebook, release, source)
    found = answer_cells(made.notebook)
    for each in ALL:
        wanted = [line for line in answer_cells(answered)[each].splitlines() if line.strip()]
        assert [line for line in found[each].splitlines() if line.strip()] == wanted
    assert not made.doubts


def test_two_different_answers_need_a_look(release, answered, source):
    notebook = copy.deepcopy(answered)
    at = place(notebook, "answer_saturating")
    again = copy.deepcopy(notebook.cells[at])
    again.source = again.source.replace("return -", "return 1 - ")
    notebook.cells.insert(at + 1, again)
    made = rebuilt(notebook, release, source)
    assert made.doubts == ["answer_saturating is answered more than once; the last counts"]
    assert "return 1 - " in answer_cells(made.notebook)["answer_saturating"].splitlines()[-1]


def test_the_untouched_release_is_known_as_such(release, source):
    assert rebuilt(release, release, source).untouched
    bare = copy.deepcopy(release)
    no_marks(bare, release, ids=False)
    assert rebuilt(bare, release, source).untouched
