"""The measured tables of the closing page and of the method map, made from ``book/results/benchmark-*.json``."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from heat_table import Cell, Line, heat_table
from knob_pages import SUFFIX, knob_page
from page_tables import banded, number

from udtlib.evaluate.numbers import MISSING

IN_TARGET, IN_SOURCE = "in the target, %", "back in the source, %"
FLOORS = "energy distance, floors"
ROUND_TRIP, ENDED_WELL, SECONDS = "error of a round trip", "ended well", "seconds"
#: What is shown of every task: a heading, the question, and the measure's name.
COLUMNS = (
    (IN_TARGET, "fit", IN_TARGET),
    (FLOORS, "fit", FLOORS),
    ("effort over the exact plan's", "effort", "‖T(z) − z‖² over the exact plan's"),
    (ROUND_TRIP, "other", ROUND_TRIP),
    (IN_SOURCE, "other", IN_SOURCE),
    (ENDED_WELL, "other", "ended well, %"),
    (SECONDS, "", ""),
)
#: Those that are of no interest where nothing was trained.
OF_TRAINING = (ENDED_WELL, SECONDS, ROUND_TRIP)
#: The tasks in the order of the page, and which score of alignment stands for each. Where a task has several right
#: answers, a method's is the one that it gives most often, and its word stands beside it.
CHIEF = {
    "benchmark-swap": ("task 1: other digit, same side, %", "task 2: same digit, other side, %"),
    "benchmark-digits": ("slant kept, correlation",),
    "benchmark-negatives": ("class kept, %",),
    "benchmark-faces": ("factors kept, mean correlation",),
    "benchmark-emoji": ("partner found, %",),
}
#: Rows that are no method, and were not trained.
REFERENCES = (
    "x, coded and decoded",
    "the right answer, coded and decoded",
    "exact plan of the test codes",
)

Result = dict[str, Any]


def cell_of(result: Result, system: str, question: str, metric: str) -> Result | None:
    """The measurement of a system under a question and a name."""
    wanted = {"system": system, "question": question, "metric": metric}
    return next((row for row in result["rows"] if wanted.items() <= row.items()), None)


def systems_of(result: Result) -> list[str]:
    """All systems in the order of the file."""
    return list(dict.fromkeys(row["system"] for row in result["rows"]))


def mean_and_range(row: Result | None) -> str:
    """The mean, and the least and the most of the seeds where they differ visibly."""
    if row is None:
        return MISSING
    mean, low, high = (number(value) for value in (row["mean"], min(row["values"]), max(row["values"])))
    return mean if low == high else f"{mean} ({low}–\u2060{high})"  # no line break within the range


def ended_well(result: Result, system: str) -> str:
    """``2 of 3`` runs, on one line; a run that diverged has no measurements and did not end well."""
    row = cell_of(result, system, "other", "ended well, %")
    runs = sum(run["system"] == system for run in result["runs"])
    well = 0 if row is None else sum(value > 50 for value in row["values"])
    return f"{well}\u00a0of\u00a0{runs}"


def seconds(result: Result, system: str) -> str:
    """Of training, on average."""
    return number(fmean(run["seconds"] for run in result["runs"] if run["system"] == system))


def task_table(result: Result) -> list[list[str]]:
    """A header, and a line for each system of one task; the task's own scores of alignment stand after fit."""
    names = dict.fromkeys(row["metric"] for row in result["rows"] if row["question"] == "alignment")
    columns = [*COLUMNS[:2], *((name, "alignment", name) for name in names), *COLUMNS[2:]]
    lines = [["", *(heading for heading, _, _ in columns)]]
    for system in systems_of(result):
        trained = system not in REFERENCES
        line = [system if trained else f"*{system}*"]
        for heading, question, metric in columns:
            row = cell_of(result, system, question, metric)
            if heading in OF_TRAINING and not trained:
                line.append("")
            elif heading == ENDED_WELL:
                line.append(ended_well(result, system))
            elif heading == SECONDS:
                line.append(seconds(result, system))
            elif question in ("fit", "alignment"):
                line.append(mean_and_range(row))
            else:
                line.append(MISSING if row is None else number(row["mean"]))
        lines.append(line)
    return lines


def chief_of(result: Result, method: str) -> Cell:
    """The task's own score; of several right answers the one that is given most often, with its word."""
    names = CHIEF[result["name"]]
    rows = [cell_of(result, method, "alignment", name) for name in names]
    there = [(row["mean"], name) for row, name in zip(rows, names, strict=True) if row is not None]
    if not there:
        return Cell(MISSING, None)
    mean, name = max(there)
    return Cell(number(mean), share_of(mean, name), "" if len(names) == 1 else name.split(":")[0])


def fit_of(result: Result, method: str) -> Cell:
    """The share in the target, and how many runs ended well where that is not all of them."""
    row = cell_of(result, method, "fit", IN_TARGET)
    well = ended_well(result, method)
    remark = "" if len(set(well.split("\u00a0of\u00a0"))) == 1 else well
    return (
        Cell(MISSING, None, remark) if row is None else Cell(number(row["mean"]), row["mean"] / 100, remark)
    )


def share_of(mean: float, metric: str) -> float:
    """A score between nothing and perfect: per cent, or a correlation."""
    return mean / 100 if metric.endswith("%") else mean


def map_table(results: list[Result]) -> str:
    """Methods against tasks: the share in the target, the chief alignment, and how many runs ended well."""
    common = [
        name
        for name in systems_of(results[0])
        if name not in REFERENCES and all(name in systems_of(result) for result in results)
    ]
    lines = [
        Line(method, [(fit_of(result, method), chief_of(result, method)) for result in results])
        for method in common
    ]
    tasks = [result["name"].removeprefix("benchmark-") for result in results]
    return heat_table(tasks, lines, "Fit and alignment of every method on every task")


def bias_pages(results: list[Result]) -> dict[str, str]:
    """What the closing page and the method map include, by file name; without results, what is missing."""
    found = {result["name"]: result for result in results}
    tasks = [found[name] for name in CHIEF if name in found]
    if len(tasks) < len(CHIEF):
        missing = "Not measured yet; `udt reproduce benchmark-swap` and the like do it.\n"
        names = [f"{name}{end}.md" for name in CHIEF for end in ("", SUFFIX)]
        return dict.fromkeys([*names, "method_scores.md"], missing)
    pages = {f"{task['name']}.md": "\n".join([*banded(*split(task_table(task))), ""]) for task in tasks}
    for task in tasks:
        name = task["name"] + SUFFIX
        pages[f"{name}.md"] = knob_page(task, found.get(name), [IN_TARGET, CHIEF[task["name"]][-1]])
    pages["method_scores.md"] = map_table(tasks)
    return pages


def split(lines: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The header, and the rest."""
    return lines[0], lines[1:]
