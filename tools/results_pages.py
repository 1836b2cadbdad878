"""The pages of measured results: one for each chapter, and the overview that leads to them.

An experiment belongs to the chapter that tells of it: the first one whose text names it, in the order in which it
does. What no chapter names stands with the comparison of all methods.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from dot_plots import dot_plots
from page_tables import banded, number

from udtlib.evaluate.layout import stands_turned
from udtlib.evaluate.numbers import show_bound

Result = dict[str, Any]

#: The page of every chapter that has results: its file, what stands before the name of an experiment, a heading.
PAGES = {
    "01_gans": ("ring-", "digits-on-request", "faces-gan"),
    "02_pix2pix": ("pix2pix-", "emoji-paired"),
    "03_bicyclegan": ("bicyclegan-", "emoji-hands"),
    "04_cyclegan": ("cyclegan-", "init-gain", "hidden-dynamics", "perfect-cycles", "emoji-"),
    "05_shared_latents": ("unit-", "alignflow-", "fruit-"),
    "06_distance": ("distance-",),
    "07_optimal_transport": ("flows-2d", "known-maps"),
    "08_dont": ("digit-swap", "dont-"),
    "09b_gromov_wasserstein": ("gw-",),
    "10_hamiltonian": ("hamiltonian-",),
}
CLOSING = "closing"
KEY = (
    "One dot is one seed, the bar their mean, and an open diamond the paper's value on its own data. "
    "Fit, alignment and effort are [three questions](index.md); the tables below have the same numbers."
)


def page_name(chapter: str) -> str:
    """The file of a chapter's results within the book, without its ending."""
    return f"results_{chapter.split('_')[0]}"


def placed(results: Sequence[Result], notebooks: Path) -> dict[str, list[Result]]:
    """The results of every page, in the order in which the chapter tells of them."""
    told = {chapter: told_by(notebooks / f"{chapter}.ipynb") for chapter in PAGES}
    pages: dict[str, list[Result]] = {chapter: [] for chapter in (*PAGES, CLOSING)}
    for result in results:
        pages[chapter_of(result["name"], told)].append(result)
    for chapter, found in pages.items():
        text = told.get(chapter, "")
        found.sort(key=lambda result: (first_mention(result["name"], text), result["name"]))
    return pages


def told_by(notebook: Path) -> str:
    """What a chapter says, code and prose."""
    if not notebook.is_file():
        return ""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def first_mention(name: str, text: str) -> int:
    """Where a text names an experiment first; its end where it never does."""
    found = re.search(rf"(?<![\w-]){re.escape(name)}(?!-?\w)", text)
    return found.start() if found else len(text)


def chapter_of(name: str, told: dict[str, str]) -> str:
    """The chapter of an experiment: by how its name begins, or else the first that names it."""
    fitting = [
        (len(start), chapter)
        for chapter, starts in PAGES.items()
        for start in starts
        if name.startswith(start)
    ]
    if fitting:
        return max(fitting)[1]
    naming = (chapter for chapter, text in told.items() if first_mention(name, text) < len(text))
    return CLOSING if name.startswith("benchmark-") else next(naming, CLOSING)


def results_pages(results: Sequence[Result], notebooks: Path) -> dict[str, str]:
    """What the pages of results include, by file name."""
    pages = placed(results, notebooks)
    made = {f"{page_name(chapter)}.md": one_page(found) for chapter, found in pages.items()}
    return {"results.md": overview(pages), **made}


def one_page(results: Sequence[Result]) -> str:
    """A chapter's results, or what is missing."""
    if not results:
        return "No result file has been written yet; `udt reproduce --list` shows what can be.\n"
    return "\n".join([KEY, "", *(line for result in results for line in result_section(result))])


def overview(pages: dict[str, list[Result]]) -> str:
    """Links to the results of every chapter."""
    if not any(pages.values()):
        return "No result file has been written yet; `udt reproduce --list` shows what can be.\n"
    lines = []
    for chapter, results in pages.items():
        if not results:
            continue
        name = page_name(chapter)
        lines += [f"## {{doc}}`{name}`", ""]
        # an address of the time when all results stood on one page still leads to its line
        lines += [
            f'- <span id="{result["name"]}"></span>[{result["title"]}]({result["name"]}){told_size(result)}'
            for result in results
        ]
        lines.append("")
    return "\n".join(lines)


def told_size(result: Result) -> str:
    """How many systems and seeds were measured."""
    systems = len({row["system"] for row in result["rows"]})
    seeds = len(seeds_of(result))
    return f" <small>{systems} systems, {seeds} seed{'s' if seeds > 1 else ''}</small>"


def seeds_of(result: Result) -> list[int]:
    return sorted({seed for row in result["rows"] for seed in row["seeds"]})


def result_section(result: Result) -> list[str]:
    """One result: what was asked, how to make it again, charts, pictures, and the table folded."""
    # A bib key in brackets, as in the docstrings, becomes a citation on the page.
    cited = re.sub(r"\[([a-z]+\d{4}\w*)((?:, [^\]]+)?)\]", r"{cite}`\1`\2", result.get("source") or "")
    return [
        f"({result['name']})=",
        f"## {result['title']}",
        "",
        f"After {cited}." if cited else "",
        "",
        "```{raw} html",
        *dot_plots(result["rows"]),
        *provenance(result),
        "```",
        "",
        *(line for picture in result.get("pictures", ()) for line in picture_lines(picture)),
        "````{dropdown} The numbers as a table",
        "Mean ± standard deviation over the seeds.",
        "",
        *measured_table(result["rows"]),
        "````",
        "",
    ]


def provenance(result: Result) -> list[str]:
    """The command that makes a result again, and what it took."""
    made = result["provenance"]
    seeds = seeds_of(result)
    facts = {
        "profile": result["profile"],
        "seeds" if len(seeds) > 1 else "seed": ", ".join(map(str, seeds)),
        "device": made["device"],
        "time": duration(made["seconds"]),
        "date": made["date"],
        "version": f"{str(made['commit'])[:12]}, {versions_text(made['versions'])}",
    }
    pairs = "".join(f"<div><dt>{name}</dt><dd>{escape(str(fact))}</dd></div>" for name, fact in facts.items())
    return [
        '<aside class="udt-made" aria-label="How it was made">',
        f"<code>{escape(command(result))}</code><dl>{pairs}</dl></aside>",
    ]


def command(result: dict[str, Any]) -> str:
    """What makes a table again: with its own seeds and sizes, beside the book's file and not over it."""
    seeds, profile = len(seeds_of(result)), result["profile"]
    return f"udt reproduce {result['name']} --seeds {seeds} --profile {profile} --out results"


def duration(seconds: float) -> str:
    """Seconds as a reader says them: ``48 s``, ``2 min 05 s``, ``3 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def versions_text(versions: dict[str, str]) -> str:
    """``python 3.12.4, torch 2.13.0``."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def measured_table(rows: list[dict[str, Any]]) -> list[str]:
    """Tables of all measurements; a paper's value stands in brackets.

    Systems that were measured alike share a table. Each has a line and each measure a column, or the other way
    round where that makes a narrower table; one that is too wide both ways stands in bands.
    """
    measures: dict[str, list[str]] = {}
    for row in rows:
        measures.setdefault(row["system"], []).append(heading(row))
    alike: dict[tuple[str, ...], list[str]] = {}
    for system, names in measures.items():
        alike.setdefault(tuple(names), []).append(system)
    cells = {(row["system"], heading(row)): measured(row) for row in rows}
    lines: list[str] = []
    for metrics, systems in alike.items():
        body = [[cells[system, metric] for metric in metrics] for system in systems]
        if stands_turned(systems, metrics, body):
            turned = zip(metrics, *body, strict=True)
            lines += banded(["Measure", *systems], turned)
        else:
            lines += banded(
                ["System", *metrics], [[system, *row] for system, row in zip(systems, body, strict=True)]
            )
        lines.append("")
    if any(row["paper"] is not None for row in rows):
        lines += ["In brackets: the paper's value, on its own data."]
    return lines


def heading(row: dict[str, Any]) -> str:
    """A measure with the question that it answers, where it answers one."""
    return row["metric"] if row["question"] == "other" else f"{row['question']}: {row['metric']}"


def measured(row: dict[str, Any]) -> str:
    """One measurement, with the paper's value where there is one."""
    paper = "" if row["paper"] is None else f" ({show_bound(row['paper'])})"
    return number(row["mean"], row["std"]) + paper


def picture_lines(picture: dict[str, str]) -> list[str]:
    """A picture of ``book/results`` with its words."""
    alt = " ".join(picture["alt"].split())
    return [
        f":::{{figure}} results/{picture['file']}",
        f":alt: {alt}",
        picture["caption"],
        ":::",
        "",
    ]
