"""The closing page's tables of sensitivity, made from ``book/results/benchmark-*-knobs.json``.

A verdict that a small turn of a knob would change is none. For every method there stands what it scores where its
chapter put its knob, and the worst and the best that it scores elsewhere on a small grid, or with twice the steps.
"""

from __future__ import annotations

from statistics import fmean
from typing import Any

from page_tables import number, table

from udtlib.experiments.benchmark_knobs import KNOBS

Result = dict[str, Any]

#: What follows a task's name in the name of its experiment.
SUFFIX = "-knobs"
USUAL = "usual"


def score_at(result: Result, system: str, metric: str, seeds: list[int]) -> float | None:
    """The mean over these seeds; nothing, if the system was not measured or diverged on one of them."""
    for row in result["rows"]:
        if (row["system"], row["metric"]) == (system, metric):
            found = dict(zip(row["seeds"], row["values"], strict=True))
            return fmean(found[seed] for seed in seeds) if set(seeds) <= set(found) else None
    return None


def seeds_of(usual: Result, knobs: Result) -> list[int]:
    """Those that both tables have."""
    first, second = ({run["seed"] for run in each["runs"]} for each in (usual, knobs))
    return sorted(first & second)


def settings_of(knobs: Result, method: str) -> dict[str, str]:
    """A method's systems by what is other than usual; in the order of the file."""
    systems = dict.fromkeys(run["system"] for run in knobs["runs"])
    return {
        system.removeprefix(f"{method}: "): system for system in systems if system.startswith(f"{method}: ")
    }


def short(setting: str) -> str:
    """``λ of the cycle = 100`` is said as ``100``: the knob's name stands beside it."""
    return setting.rpartition(" = ")[2]


def score_and_place(found: tuple[float | None, str]) -> str:
    """A score and where it was reached, on one line."""
    score, setting = found
    return f"{number(score)} ({setting})".replace(" ", "\u00a0")


def line_of(usual: Result, knobs: Result, method: str, metric: str, seeds: list[int]) -> list[str]:
    """A method's line: its knob and grid, the usual score, the worst and the best."""
    knob = KNOBS[method]
    grid = sorted((knob.usual, *knob.others))
    scores: dict[str, float | None] = {USUAL: score_at(usual, method, metric, seeds)}
    for setting, system in settings_of(knobs, method).items():
        scores[short(setting)] = score_at(knobs, system, metric, seeds)
    there = {setting: score for setting, score in scores.items() if score is not None}
    lost = [setting for setting, score in scores.items() if score is None]
    order = sorted(there.items(), key=lambda item: item[1])
    return [
        method,
        f"{knob.words}: {', '.join(f'{value:g}' for value in grid)}",
        number(scores[USUAL]),
        f"diverged ({', '.join(lost)})" if lost else score_and_place(order[0][::-1]),
        score_and_place(order[-1][::-1]),
    ]


def knob_table(usual: Result, knobs: Result, metric: str) -> list[str]:
    """One score of a task under all settings, as Markdown."""
    methods = [name for name in KNOBS if settings_of(knobs, name)]
    seeds = seeds_of(usual, knobs)
    lines = [line_of(usual, knobs, method, metric, seeds) for method in methods]
    return table([metric, "its knob", USUAL, "worst", "best"], lines)


def knob_page(usual: Result, knobs: Result | None, metrics: list[str]) -> str:
    """What the closing page includes below a task's table."""
    if knobs is None:
        return f"Not measured yet; `udt reproduce {usual['name']}{SUFFIX}` does it.\n"
    lines: list[str] = []
    for metric in metrics:
        lines += [*knob_table(usual, knobs, metric), ""]
    seeds = seeds_of(usual, knobs)
    told = "From the first seed alone." if len(seeds) == 1 else f"Means over the first {len(seeds)} seeds."
    return "\n".join([*lines, told, ""])
