"""The tables that tools/book_pages.py makes of result files."""

import re

import pytest
from bias_pages import CHIEF, bias_pages, task_table
from page_tables import number, table
from results_pages import measured_table


def columns(line: str) -> int:
    """Cells of a line: bars that are not escaped, less one."""
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def test_a_bar_within_a_cell_is_no_border_in_the_header_either():
    lines = table(["System", "mean |T(x) − y|"], [["|z| = 2", "0.5"]])
    assert [columns(line) for line in lines] == [2, 2, 2]


def test_measures_with_bars_make_a_whole_table():
    rows = [
        {"system": "one", "metric": metric, "question": "other", "mean": 1.0, "std": None, "paper": None}
        for metric in ("mean |T(x) − x|", "fit")
    ]
    assert {columns(line) for line in measured_table(rows) if line} == {3}


def row(system: str, metric: str, *, paper: float | None = None) -> dict[str, object]:
    return {"system": system, "metric": metric, "question": "other", "mean": 1.0, "std": 0.1, "paper": paper}


def test_a_measure_is_told_with_its_question_where_it_answers_one():
    lines = measured_table([row("a", "m") | {"question": "fit"}, row("a", "n")])
    assert lines[0] == "| System | fit: m | n |"


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
    assert "1.00\u00a0±\u00a00.10 (0.5)" in lines[2]
    assert "(" not in lines[3]
    assert lines[-1].startswith("In brackets")


def benchmark(name: str) -> dict[str, object]:
    """One task's file: a reference and a method, three seeds of which one ended badly and one diverged."""
    measures = {
        ("fit", "in the target, %"): (90.0, 99.0),
        ("fit", "energy distance, floors"): (2.0, 4.0),
        **{("alignment", each): (0.5 + k, 0.5 + k) for k, each in enumerate(CHIEF[name])},
        ("effort", "‖T(z) − z‖² over the exact plan's"): (1.5, 1.7),
        ("other", "error of a round trip"): (1e-6, 3e-6),
        ("other", "back in the source, %"): (80.0, 82.0),
        ("other", "ended well, %"): (0.0, 100.0),
    }
    runs = [{"system": "DONT", "seed": seed, "seconds": 10.0 + seed} for seed in range(3)]
    rows = [
        {
            "system": system,
            "question": question,
            "metric": metric,
            "mean": sum(values) / 2,
            "values": list(values),
        }
        for system in ("exact plan of the test codes", "DONT")
        for (question, metric), values in measures.items()
    ]
    return {"name": name, "rows": rows, "runs": runs}


def test_a_task_shows_fit_and_alignment_with_their_range_and_counts_the_runs_that_ended_well():
    header, plan, dont = task_table(benchmark("benchmark-digits"))
    assert dont[0] == "DONT"
    assert dict(zip(header, dont, strict=True))["in the target, %"] == "94.5 (90–\u206099)"
    assert dict(zip(header, dont, strict=True))["slant kept, correlation"] == "0.500"
    assert dict(zip(header, dont, strict=True))["energy distance, floors"] == "3 (2–\u20604)"
    assert dict(zip(header, dont, strict=True))["effort over the exact plan's"] == "1.60"
    assert dict(zip(header, dont, strict=True))["ended well"] == "1\u00a0of\u00a03"
    assert dict(zip(header, dont, strict=True))["seconds"] == "11"
    assert dict(zip(header, dont, strict=True))["error of a round trip"] == "2.0·10⁻⁶"
    # Nobody trained the plan.
    assert plan[0] == "*exact plan of the test codes*"
    assert dict(zip(header, plan, strict=True))["ended well"] == ""


def test_the_map_has_a_line_for_each_method_that_every_task_has():
    pages = bias_pages([benchmark(name) for name in CHIEF])
    lines = pages["method_scores.md"].splitlines()
    assert lines[0] == "|  | swap | digits | negatives | faces |"
    assert len(lines) == 3
    # Of two right answers the one that is given more often, and which it is.
    assert lines[2].startswith(
        "| DONT | 94.5 · 1.50 (task 2) · 1\u00a0of\u00a03 | 94.5 · 0.500 · 1\u00a0of\u00a03 |"
    )
    assert set(pages) == {*(f"{name}.md" for name in CHIEF), "method_scores.md"}


def test_pages_say_what_is_missing():
    pages = bias_pages([benchmark("benchmark-digits")])
    assert len(pages) == len(CHIEF) + 1
    assert all("Not measured yet" in text for text in pages.values())


@pytest.mark.parametrize(
    ("value", "spread", "shown"),
    [
        (0.983, None, "0.983"),
        (0.98347, 0.0042, "0.983\u00a0±\u00a00.004"),
        (8, 0.0, "8\u00a0±\u00a00"),
        (None, None, "—"),
    ],
)
def test_pages_show_numbers_as_notebooks_do(value: float | None, spread: float | None, shown: str):
    assert number(value, spread) == shown
