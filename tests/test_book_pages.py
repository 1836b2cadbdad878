"""The tables that tools/book_pages.py makes of result files."""

import itertools
import re
from pathlib import Path

import pytest
from bias_pages import CHIEF, bias_pages, task_table
from heat_table import STEPS, step
from knob_pages import knob_page, knob_table
from page_tables import number, table
from results_pages import measured_table

ROOT = Path(__file__).resolve().parent.parent


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
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', pages["method_scores.md"])
    assert [method for method, _ in rows] == ["DONT"]
    cells = re.findall(r'<td class="(.*?)">(.*?)</td>', rows[0][1])
    assert len(cells) == 2 * len(CHIEF)
    # Of two right answers the one that is given more often, and which it is; and that not all runs ended well.
    assert cells[:2] == [
        ("fit heat-4", "94.5<small>1\u00a0of\u00a03</small>"),
        ("alignment heat-0", "1.50<small>task 2</small>"),
    ]
    assert cells[3] == ("alignment heat-2", "0.500")
    tables = {f"{name}{end}.md" for name in CHIEF for end in ("", "-knobs")}
    assert set(pages) == {*tables, "method_scores.md"}
    assert "Not measured yet" in pages["benchmark-digits-knobs.md"]


def knobs(name: str, scores: dict[str, tuple[float, ...]], *, seeds: int = 2) -> dict[str, object]:
    """A task's file of turned knobs, in which each system has the given shares in the target."""
    rows = [
        {
            "system": system,
            "question": "fit",
            "metric": "in the target, %",
            "seeds": list(range(len(values))),
            "values": list(values),
        }
        for system, values in scores.items()
    ]
    runs = [{"system": system, "seed": seed} for system in scores for seed in range(seeds)]
    return {"name": f"{name}-knobs", "rows": rows, "runs": runs}


def test_a_knobs_table_tells_the_worst_and_the_best_and_where_they_were_reached():
    usual = knobs("benchmark-digits", {"DONT": (90.0, 94.0, 0.0)}, seeds=3) | {"name": "benchmark-digits"}
    turned = knobs("benchmark-digits", {"DONT: λ = 1": (50.0, 60.0), "DONT: twice the steps": (99.0, 97.0)})
    (line,) = knob_table(usual, turned, "in the target, %")[2:]
    cells = [each.strip().replace("\u00a0", " ") for each in line.strip("|").split("|")]
    # Means over the two seeds that both tables have: the third of the usual one is not taken.
    assert cells == ["DONT", "λ: 1, 10, 100", "92", "55 (1)", "98 (twice the steps)"]


def test_where_the_usual_setting_is_the_best_the_table_says_so():
    usual = knobs("benchmark-digits", {"DONT": (90.0, 94.0)}) | {"name": "benchmark-digits"}
    turned = knobs("benchmark-digits", {"DONT: λ = 1": (50.0, 60.0)})
    (line,) = knob_table(usual, turned, "in the target, %")[2:]
    assert line.endswith("| 92\u00a0(usual) |")


def test_a_setting_that_diverged_on_a_seed_is_the_worst():
    usual = knobs("benchmark-digits", {"DONT": (90.0, 94.0)}) | {"name": "benchmark-digits"}
    turned = knobs("benchmark-digits", {"DONT: λ = 1": (50.0,), "DONT: λ = 100": (95.0, 95.0)})
    (line,) = knob_table(usual, turned, "in the target, %")[2:]
    assert "diverged (1)" in line
    assert "95\u00a0(100)" in line


def test_a_page_of_knobs_says_how_many_starts_it_is_a_mean_of():
    usual = knobs("benchmark-digits", {"DONT": (90.0, 94.0)}) | {"name": "benchmark-digits"}
    metric = "in the target, %"
    two = knob_page(usual, knobs("benchmark-digits", {"DONT: λ = 1": (50.0, 60.0)}), [metric])
    one = knob_page(usual, knobs("benchmark-digits", {"DONT: λ = 1": (50.0,)}, seeds=1), [metric])
    assert "Means over the first 2 seeds." in two
    assert "From the first seed alone." in one


@pytest.mark.parametrize(
    ("share", "tint"), [(-0.3, 0), (0.0, 0), (0.199, 0), (0.2, 1), (0.59, 2), (0.6, 3), (0.8, 4), (1.0, 4)]
)
def test_a_tint_has_five_equal_steps(share: float, tint: int):
    assert step(share) == tint


def luminance(colour: str) -> float:
    """Of a colour like #dfe3e8, as the contrast of the accessibility guidelines takes it."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(("mode", "better_is"), [("light", "darker"), ("dark", "lighter")])
@pytest.mark.parametrize("question", ["fit", "alignment"])
def test_every_tint_is_read_easily_and_told_from_the_next(mode: str, better_is: str, question: str):
    style = (ROOT / "book" / "_static" / "udt.css").read_text(encoding="utf-8")
    ground, text = (
        re.search(rf'html\[data-theme="{mode}"\] \{{[^}}]*--pst-color-{name}: (#\w+)', style)
        for name in ("background", "text-base")
    )
    assert ground
    assert text
    tinted = rf'html\[data-theme="{mode}"\] \.udt-[^{{]*\.{question}\.heat-\d[^{{]*'
    tints = re.findall(tinted + r"\{[^}]*(#\w+)", style)
    assert len(tints) == STEPS - 1
    lights = [luminance(colour) for colour in (ground[1], *tints)]
    assert all(
        (max(light, luminance(text[1])) + 0.05) / (min(light, luminance(text[1])) + 0.05) >= 4.5
        for light in lights
    )
    steps = [(b + 0.05) / (a + 0.05) for a, b in itertools.pairwise(lights)]
    assert all(ratio > 1.08 if better_is == "lighter" else ratio < 1 / 1.08 for ratio in steps)


def test_pages_say_what_is_missing():
    pages = bias_pages([benchmark("benchmark-digits")])
    assert len(pages) == 2 * len(CHIEF) + 1
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
