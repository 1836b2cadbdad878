"""The book's own Sphinx extension: tables made from result files, and a maths renderer served by the site.

Everything a page shows as a measured number comes from ``book/results``. Before Sphinx reads a page this
extension writes ``book/_generated/results.md``, and ``cost_growth.md`` and ``chapter_health.md`` beside it, which
the pages include. After the build it copies MathJax, from an installed package, beside the site's other static
files.
"""

from __future__ import annotations

import json
import shutil
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from bias_pages import bias_pages
from chapters import gallery
from grading_pages import CLASS, MUTANTS, class_page, mutants_page
from index_terms import IndexTheText, show_index
from make_notebooks import write_notebooks
from page_head import say_what_it_is, sitemap
from page_tables import table
from page_weight import lighten
from photograph_pages import photograph_pages
from results_pages import duration, picture_lines, results_pages, versions_text
from sound_pages import sound_pages

# The parts of MathJax that a page can ask for: TeX to HTML with its fonts, the TeX extensions that it loads on
# demand, and what a screen reader reads. The bundle of all parts would bring a menu that weighs as much again.
MATHJAX_PARTS = (
    "startup.js",
    "core.js",
    "input/tex.js",
    "input/tex/extensions",
    "output/chtml.js",
    "output/chtml/fonts",
    "a11y/assistive-mml.js",
)


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
            (target / part).parent.mkdir(parents=True, exist_ok=True)
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


def write_pages(book: Path) -> None:
    """Write the generated pages; one whose text is unchanged keeps its time stamp."""
    target = book / "_generated"
    target.mkdir(exist_ok=True)
    results = read_results(book / "results")
    pages = {
        "gallery.md": gallery(),
        "chapter_health.md": health_page(book / "results" / "health"),
        "assignment_mutants.md": mutants_page(book / "results" / MUTANTS, root=book.parent),
        "graded_class.md": class_page(book / "results" / CLASS),
        "cost_growth.md": growth_page(book / "results" / "growth"),
        **results_pages(results, book.parent / "notebooks"),
        **bias_pages(results),
        **sound_pages(book, results),
        **photograph_pages(results),
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
            lighten(Path(app.outdir))
            write_notebooks(Path(app.outdir) / "run")
            pages = [f"{page}.html" for page in sorted(app.env.found_docs)]
            (Path(app.outdir) / "sitemap.xml").write_text(sitemap(app.config.html_baseurl, pages), "utf-8")

    app.connect("build-finished", finish)
    app.connect("html-page-context", drop_live_cells, priority=900)
    app.connect("html-page-context", say_what_it_is, priority=900)
    app.connect("html-page-context", show_index)
    app.add_transform(IndexTheText)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
