"""The tables that tools/book_pages.py makes of result files."""

import re

from tools.book_pages import measured_table, table


def columns(line: str) -> int:
    """Cells of a line: bars that are not escaped, less one."""
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def test_a_bar_within_a_cell_is_no_border_in_the_header_either():
    lines = table(["System", "mean |T(x) − y|"], [["|z| = 2", "0.5"]])
    assert [columns(line) for line in lines] == [2, 2, 2]


def test_measures_with_bars_make_a_whole_table():
    rows = [
        {"system": "one", "metric": metric, "mean": 1.0, "std": None, "paper": None}
        for metric in ("mean |T(x) − x|", "fit")
    ]
    assert {columns(line) for line in measured_table(rows) if line} == {3}


def row(system: str, metric: str, *, paper: float | None = None) -> dict[str, object]:
    return {"system": system, "metric": metric, "mean": 1.0, "std": 0.1, "paper": paper}


def test_systems_that_were_measured_alike_share_a_table():
    lines = measured_table([row("a", "m"), row("a", "n"), row("b", "m"), row("b", "n"), row("c", "m")])
    tables = "\n".join(lines).strip().split("\n\n")
    assert [part.splitlines()[0] for part in tables] == ["| System | m | n |", "| System | m |"]
    assert [len(part.splitlines()) for part in tables] == [4, 3]


def test_many_measures_of_few_systems_stand_below_each_other():
    lines = measured_table([row(system, f"m{k}") for system in "ab" for k in range(9)])
    assert lines[0] == "| Measure | a | b |"
    assert len([line for line in lines if line]) == 2 + 9


def test_a_papers_value_stands_in_brackets_and_is_explained():
    lines = measured_table([row("a", "m", paper=0.5), row("b", "m")])
    assert "1.00 ± 0.10 (0.5)" in lines[2]
    assert "(" not in lines[3]
    assert lines[-1].startswith("In brackets")
