"""Mutants are small changes that mean something else, and what the tests make of them is counted."""

import ast
import json
import sys
from pathlib import Path

import pytest
from classroom import mutation
from classroom.mutation import Mutant, Tally, explained, mutants, write
from classroom.notebook import answer_cells, read
from classroom.patches import bare
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = sorted((ROOT / "assignments" / "equivalent").glob("*.txt"))
CODE = '''
def loss(a, *, weight=2.0, dim=1):
    """A docstring with 3 words."""
    if a.shape[0] < 2:
        raise ValueError("too few: 2 are needed")
    total = weight * (a.detach() - 1).abs().sum(dim=dim)
    total += 1
    return -total.to(torch.float64)
'''


def changes(code: str = CODE) -> set[str]:
    return {mutant.change for mutant in mutants("answer_x", code)}


def test_each_kind_of_change_is_made():
    assert {
        "2.0 => 4.0",
        "a.shape[0] < 2 => a.shape[0] <= 2",
        "a.detach() => a",
        "a.detach() - 1 => a.detach() + 1",
        "total += 1 => total -= 1",
        "total += 1 => total = total + 1",
        "torch.float64 => torch.float32",
        "-total.to(torch.float64) => total.to(torch.float64)",
        "1 => 2 #2",
        "1 => 0",
        "(a.detach() - 1).abs().sum(dim=dim) => (a.detach() - 1).abs().mean(dim=dim)",
        "(a.detach() - 1).abs().sum(dim=dim) => (a.detach() - 1).abs().sum()",
    } <= changes()


def test_what_says_nothing_of_the_answer_stays():
    assert not [change for change in changes() if change.startswith(("'", '"'))]


@given(
    st.lists(
        st.sampled_from(
            ["x = a + b", "y = -a", "z = a if b else 2", "w = [1, 2][0]", "return f(a, b, dim=1)"]
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_mutant_is_python_and_differs_from_the_answer_and_from_all_others(lines):
    code = "def f(a, b, dim=0):\n" + "\n".join(f"    {line}" for line in lines)
    made = mutants("answer_x", code)
    texts = [mutant.code for mutant in made]
    assert len(set(texts)) == len(texts)
    assert ast.unparse(ast.parse(code)) not in texts
    for text in texts:
        compile(text, "mutant", "exec")


def test_what_is_explained_says_why(tmp_path):
    folder = tmp_path / "assignments" / "equivalent"
    folder.mkdir(parents=True)
    (folder / "99_tiny.txt").write_text("# why\n\nanswer_x: 2 => 3 -- only the sign is read\n")
    assert explained("99_tiny", root=tmp_path) == {("answer_x", "2 => 3")}
    assert explained("98_none", root=tmp_path) == set()
    (folder / "99_tiny.txt").write_text("answer_x: 2 => 3\n")
    with pytest.raises(ValueError, match="-- WHY"):
        explained("99_tiny", root=tmp_path)


def test_the_record_keeps_the_other_assignments(tmp_path):
    path = tmp_path / "book" / "results" / "mutants.json"
    write("02_b", {"answer_x": Tally(made=3, killed=2, explained=1)}, path=path)
    write("01_a", {"answer_y": Tally(made=1, killed=1)}, path=path)
    assert json.loads(path.read_text()) == {
        "assignments": {
            "01_a": {"answer_y": {"made": 1, "killed": 1, "explained": 0}},
            "02_b": {"answer_x": {"made": 3, "killed": 2, "explained": 1}},
        }
    }


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="grading needs fork")
def test_tests_kill_what_they_notice_and_nothing_else(tmp_path, tiny_school, monkeypatch):
    from classroom.course import generate

    tiny_school(tmp_path)
    made = [
        Mutant(cell="answer_double", change="2 => 3", code="def double(x):\n    return 3 * x"),
        Mutant(cell="answer_double", change="2 * x => x * 2", code="def double(x):\n    return x * 2"),
        Mutant(cell="answer_triple", change="for ever", code="def triple(x):\n    while True:\n        pass"),
    ]
    monkeypatch.setattr(mutation, "mutants", lambda cell, code: [each for each in made if each.cell == cell])
    course = generate("99_tiny", root=tmp_path, build=tmp_path / "build")
    result = mutation.run(course, root=tmp_path, build=tmp_path / "build", workers=1)
    assert result["answer_double"] == Tally(made=2, killed=1, survivors=["2 * x => x * 2"])
    assert result["answer_triple"] == Tally(made=1, killed=1)


@pytest.mark.parametrize("path", EQUIVALENT, ids=lambda path: path.stem)
def test_what_is_explained_is_a_change_that_is_made(path):
    source = read(ROOT / "assignments" / "source" / path.stem / f"{path.stem}.ipynb")
    made = {
        (cell, mutant.change)
        for cell, code in answer_cells(source).items()
        for mutant in mutants(cell, bare(code))
    }
    assert explained(path.stem, root=ROOT) <= made


@pytest.mark.parametrize("path", EQUIVALENT, ids=lambda path: path.stem)
def test_tests_notice_nearly_all_changes_of_every_answer(path):
    source = read(ROOT / "assignments" / "source" / path.stem / f"{path.stem}.ipynb")
    record = json.loads((ROOT / mutation.RECORD).read_text(encoding="utf-8"))["assignments"][path.stem]
    made = {cell: len(mutants(cell, bare(code))) for cell, code in answer_cells(source).items()}
    assert {cell: found["made"] for cell, found in record.items()} == made, (
        "the record is older than the answers"
    )
    for cell, found in record.items():
        assert Tally(**found).share >= mutation.LEAST, cell


@pytest.mark.parametrize(("killed", "status"), [(19, 0), (18, 1)])
def test_tests_that_notice_too_little_are_no_success(killed, status, tmp_path, monkeypatch, capsys):
    import assignments

    monkeypatch.setattr(assignments, "ROOT", tmp_path)
    monkeypatch.setattr(assignments, "generate", lambda name, **places: None)
    found = {"answer_x": Tally(made=20, killed=killed), "answer_y": Tally(made=3, killed=2, explained=1)}
    monkeypatch.setattr(mutation, "run", lambda course, **options: found)
    assert assignments.mutants(["99_tiny"], workers=1, most=0) == status
    assert ("WEAK  99_tiny, answer_x: expected at least 95%" in capsys.readouterr().out) == bool(status)
