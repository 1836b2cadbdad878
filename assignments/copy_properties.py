"""Copy ``properties.py`` into the hidden tests that use it: `python assignments/copy_properties.py [NAME …]`.

Without names the copies that there are become fresh; with names these assignments get one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat

HERE = Path(__file__).resolve().parent
BEGIN, END = "### BEGIN HIDDEN TESTS\n# properties\n", "# end of properties\n### END HIDDEN TESTS\n"


def shared() -> str:
    """The text that every assignment holds a copy of."""
    return (HERE / "properties.py").read_text(encoding="utf-8").partition("\n# properties\n")[2]


def first_graded(notebook: Any) -> Any:
    """The graded cell that runs first."""
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade"))


def with_copy(source: str) -> str:
    """The source of a first graded cell with a fresh copy at its top."""
    if source.startswith(BEGIN):
        source = source.partition(END)[2]
    return f"{BEGIN}{shared()}\n\n{END}{source}"


def main() -> None:
    """Write the copies."""
    for path in sorted((HERE / "source").glob("*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        cell = first_graded(notebook)
        if path.stem not in sys.argv[1:] and not cell.source.startswith(BEGIN):
            continue
        cell.source = with_copy(cell.source)
        text = nbformat.writes(notebook, version=4)
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
