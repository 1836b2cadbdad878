"""The book's own Sphinx extension: tables made from result files, and a maths renderer served by the site.

Everything a page shows as a measured number comes from ``book/results``. Before Sphinx reads a page this
extension writes ``book/_generated/results.md``, and ``cost_growth.md`` and ``chapter_health.md`` beside it, which
the pages include. After the build it copies MathJax, from an installed package, beside the site's other static
files.
"""

from __future__ import annotations

import json
import re
import shutil
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from bias_pages import bias_pages
from page_tables import banded, number, table
from sound_pages import sound_pages

from udtlib.evaluate.layout import stands_turned
from udtlib.evaluate.numbers import show_bound

# The parts of MathJax that a page can ask for: the TeX-to-HTML bundle, its fonts, the TeX extensions that it
# loads on demand, and what a screen reader uses.
MATHJAX_PARTS = ("tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions", "a11y", "sre")


#: What `tools/assignments.py mutants` writes.
MUTANTS = "assignment-mutants.json"


def mathjax_folder() -> Path:
    """The installed MathJax 3 files, found through the package's metadata: importing it needs Django."""
    bundle = distribution("django-static-mathjax").locate_file("mathjax/static/mathjax/es5")
    folder = Path(str(bundle))
    if not (folder / MATHJAX_PARTS[0]).is_file():
        raise FileNotFoundError(
            f"no MathJax in {folder}; reinstall with pip install -c constraints.txt -e '.[book]'"
        )
    return folder


def copy_mathjax(static: Path) -> None:
    """Copy what a page can ask for into ``static``/mathjax."""
    source, target = mathjax_folder(), static / "mathjax"
    for part in MATHJAX_PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part, dirs_exist_ok=True)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / part, target / part)


def read_results(folder: Path) -> list[dict[str, Any]]:
    """Every JSON file of ``folder``, in the order of the names; a broken one is named."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name == MUTANTS:
            continue  # no report of an experiment
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{path.name} is no JSON ({error}); write it again with udt reproduce"
            ) from error
    return found


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


def result_section(result: dict[str, Any]) -> list[str]:
    """One result file as a section: title, source, table, provenance."""
    made = result["provenance"]
    seeds = sorted({seed for row in result["rows"] for seed in row["seeds"]})
    # A bib key in brackets, as in the docstrings, becomes a citation on the page.
    cited = re.sub(r"\[([a-z]+\d{4}\w*)((?:, [^\]]+)?)\]", r"{cite}`\1`\2", result.get("source") or "")
    source = f"Reproduces {cited}. " if cited else ""
    runs = f"{len(seeds)} seeds" if len(seeds) > 1 else "one seed"
    return [
        f"({result['name']})=",
        f"## {result['title']}",
        "",
        f"{source}Profile `{result['profile']}`, {runs}; mean ± standard deviation over the seeds.",
        "",
        *measured_table(result["rows"]),
        "",
        *(line for picture in result.get("pictures", ()) for line in picture_lines(picture)),
        f":::{{dropdown}} How it was made: `udt reproduce {result['name']}`",
        f"Seeds {', '.join(map(str, seeds))} · {made['device']} · {duration(made['seconds'])} · "
        f"{made['date']} · commit `{str(made['commit'])[:12]}` · {versions_text(made['versions'])}",
        ":::",
        "",
    ]


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


def results_page(folder: Path) -> str:
    """The result tables of ``folder`` as Markdown."""
    results = read_results(folder)
    if not results:
        return "No result file has been written yet; `udt reproduce --list` shows what can be.\n"
    return "\n".join(line for result in results for line in result_section(result))


def growth_page(folder: Path) -> str:
    """The pictures of ``folder``'s one file as Markdown, and where they were measured."""
    lines: list[str] = []
    for result in read_results(folder):
        made = result["provenance"]
        for picture in result["pictures"]:
            lines += picture_lines({**picture, "file": f"{folder.name}/{picture['file']}"})
        lines.append(f"Measured on {made['date']}, {made['device']}, {versions_text(made['versions'])}.")
    return (
        "\n".join(lines) + "\n"
        if lines
        else "Not measured yet; `python benchmarks/cost_growth.py` does it.\n"
    )


def health_page(folder: Path) -> str:
    """The last run of every chapter as Markdown."""
    runs = read_results(folder)
    if not runs:
        return "No chapter has been measured yet; `make run CHAPTER=01` does it.\n"
    rows = [
        [
            f"{{doc}}`../notebooks/{run['chapter']}`",
            f"`{run['profile']}`",
            duration(run["seconds"]),
            duration(run["processor_seconds"]) if "processor_seconds" in run else "–",
            f"{run['peak_memory_mib']:.0f} MiB",
        ]
        for run in runs
    ]
    lines = table(["Chapter", "Profile", "Time", "Processor time", "Peak memory"], rows)
    ran = [
        [f"`{run['chapter']}`", run["date"], run["device"], versions_text(run["versions"])] for run in runs
    ]
    versions = table(["Chapter", "Date", "Device", "Versions"], ran)
    return "\n".join([*lines, "", "## What it ran with", "", *versions, ""])


def mutants_page(path: Path) -> str:
    """How many small changes of the reference answers the tests of each assignment notice."""
    record = json.loads(path.read_text(encoding="utf-8"))["assignments"] if path.is_file() else {}
    rows = []
    for name, cells in record.items():
        made, killed, told = (
            sum(cell[key] for cell in cells.values()) for key in ("made", "killed", "explained")
        )
        weakest = min(cells, key=lambda cell: share(cells[cell]), default="")
        least = f"`{weakest}`, {share(cells[weakest]):.0%}" if weakest else ""
        all_ = share({"made": made, "killed": killed, "explained": told})
        rows.append([f"`{name}`", str(made), str(killed), str(told), f"{all_:.0%}", least])
    if not rows:
        return "The table is made by `tools/assignments.py mutants`, and has not been made yet.\n"
    heads = ["Assignment", "Made", "Killed", "Explained", "Share", "The answer with the lowest share"]
    return "\n".join([*table(heads, rows), ""])


def share(cell: dict[str, int]) -> float:
    """Killed or explained, of those made."""
    return (cell["killed"] + cell["explained"]) / cell["made"] if cell["made"] else 1.0


def write_pages(book: Path) -> None:
    """Write the generated pages; one whose text is unchanged keeps its time stamp."""
    target = book / "_generated"
    target.mkdir(exist_ok=True)
    results = read_results(book / "results")
    pages = {
        "results.md": results_page(book / "results"),
        "chapter_health.md": health_page(book / "results" / "health"),
        "assignment_mutants.md": mutants_page(book / "results" / MUTANTS),
        "cost_growth.md": growth_page(book / "results" / "growth"),
        **bias_pages(results),
        **sound_pages(book, results),
    }
    for name, text in pages.items():
        path = target / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def drop_live_cells(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Remove the scripts for running cells in the page: they ask another server for a kernel client.

    Jupyter Book loads their extension whether or not the configuration asks for it, and declares the client's
    address twice, which is an error in the browser's console.
    """
    for kind in ("script_files", "css_files"):
        context[kind] = [
            item
            for item in context.get(kind, ())
            if "thebe" not in f"{getattr(item, 'filename', item)} {getattr(item, 'attributes', '')}".lower()
        ]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", lambda app: write_pages(Path(app.srcdir) / "book"))

    def finish(app: Any, error: Exception | None) -> None:
        if error is None and app.builder.format == "html":
            copy_mathjax(Path(app.outdir) / "_static")

    app.connect("build-finished", finish)
    app.connect("html-page-context", drop_live_cells, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
