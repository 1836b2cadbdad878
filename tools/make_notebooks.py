"""Write the chapters as notebooks for running: plain Markdown that every viewer shows.

The chapters are written in MyST, which the site reads and JupyterLab and Colab show raw. Here a box becomes a
quotation, a solution folds by HTML, a formula carries its number, a citation its authors, a figure its picture.
Cells with code keep their words and lose their outputs: they are there to be run.

Usage: python tools/make_notebooks.py [FOLDER]      the default is build/notebooks
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pybtex.database import Person, parse_file

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "notebooks"
OPENING = re.compile(r"^(?P<fence>:{3,}|`{3,})\{(?P<name>[a-z-]+)\}\s*(?P<title>.*)$")
OPTION = re.compile(r"^:([a-z-]+):\s*(.*)$")
TARGET = re.compile(r"^\(([^)\s]+)\)=\s*$")
LABELLED = re.compile(r"^\$\$\s*\(([\w-]+)\)\s*$")

Cell = dict[str, Any]


class Known(NamedTuple):
    """What chapters point to: labels of formulas, places and exercises, the sources, and the site."""

    equations: dict[str, tuple[str, int]]
    places: dict[str, str]
    exercises: dict[str, tuple[int, str]]
    sources: dict[str, tuple[str, str]]
    site: str


class Block(NamedTuple):
    """A directive: its name, what stands beside it, its options and its lines."""

    name: str
    title: str
    options: dict[str, str]
    body: list[str]


def prose(notebook: dict[str, Any]) -> Iterator[list[str]]:
    """The lines of every cell with text."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"]).split("\n")


def take_block(lines: list[str], start: int) -> tuple[Block, int]:
    """The directive that begins in a line, and the line after its end."""
    opening = OPENING.match(lines[start])
    assert opening is not None
    fence, end, options = opening["fence"], start + 1, {}
    while end < len(lines) and (found := OPTION.match(lines[end])):
        options[found[1]] = found[2]
        end += 1
    first = end
    while end < len(lines) and lines[end].rstrip() != fence:
        end += 1
    if end == len(lines):
        raise ValueError(f"no end of {lines[start]!r}")
    return Block(opening["name"], opening["title"].strip(), options, lines[first:end]), end + 1


def blocks(lines: list[str]) -> Iterator[Block]:
    """All directives of a cell, and those within them."""
    index = 0
    while index < len(lines):
        if OPENING.match(lines[index]):
            block, index = take_block(lines, index)
            yield block
            yield from blocks(block.body)
        else:
            index += 1


def learn(notebooks: dict[str, dict[str, Any]]) -> Known:
    """Number the formulas and exercises of all chapters, and read the bibliography."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    known = Known({}, {}, {}, sources(ROOT / config["bibtex_bibfiles"][0]), config["html"]["baseurl"])
    for chapter, notebook in notebooks.items():
        formulas = exercises = 0
        for lines in prose(notebook):
            for label in formula_labels(lines):
                formulas += 1
                known.equations[label] = (chapter, formulas)
            for line in lines:
                if found := TARGET.match(line):
                    known.places[found[1]] = chapter
            for block in blocks(lines):
                if block.name == "exercise":
                    exercises += 1
                    known.exercises[block.options["label"]] = (exercises, block.title)
    return known


def formula_labels(lines: list[str]) -> Iterator[str]:
    """The labels of a cell's formulas in their order."""
    inside = ""
    for line in lines:
        if (found := OPENING.match(line)) is not None:
            inside = found["name"]
        elif inside == "math" and (option := OPTION.match(line)) and option[1] == "label":
            yield option[2]
        elif labelled := LABELLED.match(line):
            yield labelled[1]


def sources(path: Path) -> dict[str, tuple[str, str]]:
    """Authors and year of every source, as a citation says them."""
    found = {}
    for key, entry in parse_file(str(path)).entries.items():
        people: list[Person] = entry.persons.get("author") or entry.persons.get("editor") or []
        names = [
            re.sub(r"[{}]", "", " ".join([*person.prelast_names, *person.last_names])) for person in people
        ]
        who = names[0] if len(names) == 1 else f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        found[key] = (who, entry.fields.get("year", ""))
    return found


class Writer:
    """Turns the text of one chapter into Markdown that needs no extension."""

    def __init__(self, chapter: str, known: Known) -> None:
        self.chapter, self.known = chapter, known

    def text(self, lines: list[str]) -> list[str]:
        """The lines of a cell, or of a box within one."""
        made: list[str] = []
        index = 0
        code = False
        while index < len(lines):
            line = lines[index]
            if not code and OPENING.match(line):
                block, index = take_block(lines, index)
                made += self.block(block)
                continue
            if line.startswith("```"):
                code = not code
            if not code and (target := TARGET.match(line)):
                made.append(f'<a id="{target[1]}"></a>')
            elif not code and (label := LABELLED.match(line)):
                made.append(f"\\tag{{{self.known.equations[label[1]][1]}}}")
                made.append("$$")
            else:
                made.append(line if code else self.inline(line))
            index += 1
        return made

    def block(self, block: Block) -> list[str]:
        """A directive as plain Markdown."""
        if block.name == "math":
            return self.formula(block)
        if block.name == "figure":
            return self.figure(block)
        if block.name == "solution":
            number, title = self.known.exercises[block.title]
            return folded(f"Solution of exercise {number}: {title}", self.text(block.body))
        if block.name == "exercise":
            number, title = self.known.exercises[block.options["label"]]
            place = f'<a id="{block.options["label"]}"></a>'
            return quoted(f"{place}**Exercise {number}. {self.inline(title)}**", self.text(block.body))
        if block.name == "admonition":
            if "dropdown" in block.options.get("class", ""):
                return folded(block.title, self.text(block.body))
            return quoted(f"**{self.inline(block.title)}**", self.text(block.body))
        raise ValueError(f"{self.chapter}: no plain form of {{{block.name}}} yet; give it one in {__file__}")

    def formula(self, block: Block) -> list[str]:
        """A displayed formula with its number."""
        body = [line for line in block.body if line.strip()]
        text = "\n".join(body)
        if r"\\" in text and r"\begin{" not in text:
            body = [r"\begin{aligned}", *body, r"\end{aligned}"]
        label = block.options.get("label")
        tag = [f"\\tag{{{self.known.equations[label][1]}}}"] if label else []
        return ["", "$$", *body, *tag, "$$", ""]

    def figure(self, block: Block) -> list[str]:
        """A picture inside the text, and its words."""
        path = (SOURCE / block.title).resolve()
        data = base64.b64encode(path.read_bytes()).decode()
        alt = " ".join(block.options["alt"].split()).replace("[", "(").replace("]", ")")
        caption = " ".join(" ".join(self.text(block.body)).split())
        return ["", f"![{alt}](data:image/{path.suffix[1:]};base64,{data})", "", caption, ""]

    def inline(self, line: str) -> str:
        """Roles and links within a line; code in backticks stays."""
        line = re.sub(r"\{eq\}`([^`]+)`", lambda found: self.number(found[1]), line)
        line = re.sub(
            r"\{cite(?::(t))?\}`([^`]+)`", lambda found: self.cited(found[2], said=bool(found[1])), line
        )
        return re.sub(r"(?<=\]\()([^)\s]+)(?=\))", lambda found: self.address(found[1]), line)

    def number(self, label: str) -> str:
        """The number of a formula, with its chapter where that is another one."""
        chapter, number = self.known.equations[label]
        if chapter == self.chapter:
            return f"({number})"
        return f"({number}) of [chapter {chapter.split('_')[0]}]({chapter}.ipynb)"

    def cited(self, keys: str, *, said: bool) -> str:
        """Sources by their authors and years."""
        found = [self.known.sources[key.strip()] for key in keys.split(",")]
        if said:
            return ", ".join(f"{who} ({year})" for who, year in found)
        return "[" + "; ".join(f"{who}, {year}" for who, year in found) + "]"

    def address(self, target: str) -> str:
        """Where a link leads outside the site."""
        if re.match(r"https?:|#|data:|mailto:", target) or re.match(r"[\w./]+\.ipynb(#.*)?$", target):
            return target
        if found := re.match(r"(?:\.\./)?([\w/]+)\.md(#.*)?$", target):
            page = found[1] if target.startswith("../") else f"notebooks/{found[1]}"
            return f"{self.known.site}{page}.html{found[2] or ''}"
        if (place := self.known.places.get(target)) is not None:
            return f"#{target}" if place == self.chapter else f"{place}.ipynb#{target}"
        return f"{self.known.site}book/results.html#{target}"


def folded(title: str, lines: list[str]) -> list[str]:
    """Text that opens under a click."""
    return ["", "<details>", f"<summary><b>{escape(title)}</b></summary>", "", *lines, "", "</details>", ""]


def quoted(title: str, lines: list[str]) -> list[str]:
    """Text in a box: a quotation, the one box that every viewer has."""
    return ["", *(f"> {line}".rstrip() for line in (title, "", *whole_formulas(trimmed(lines)))), ""]


def whole_formulas(lines: list[str]) -> list[str]:
    """Every formula on one line: the bar of a quotation that began a line within one would be read as its part."""
    made: list[str] = []
    displayed = code = open_formula = False
    for line in lines:
        code ^= line.startswith("```")
        if displayed or (open_formula and line.strip()):
            made[-1] += f" {line.strip()}"
        else:
            made.append(line)
        if not code:
            displayed ^= line.count("$$") % 2 == 1
            open_formula = not displayed and len(re.findall(r"(?<![\\$])\$(?!\$)", made[-1])) % 2 == 1
    return made


def trimmed(lines: list[str]) -> list[str]:
    """Without empty lines at both ends."""
    return "\n".join(lines).strip("\n").split("\n")


def plain(notebook: dict[str, Any], writer: Writer) -> dict[str, Any]:
    """A chapter for running."""
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = "\n".join(trimmed(writer.text("".join(cell["source"]).split("\n"))))
            cells.append({**cell, "source": text.splitlines(keepends=True)})
        elif cell["cell_type"] == "code":
            cells.append({**cell, "outputs": [], "execution_count": None})
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def write_notebooks(folder: Path) -> list[Path]:
    """Write every chapter into a folder; their files."""
    folder.mkdir(parents=True, exist_ok=True)
    chapters = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.glob("[0-9]*.ipynb"))
    }
    known = learn(chapters)
    written = []
    for chapter, notebook in chapters.items():
        made = plain(notebook, Writer(chapter, known))
        target = folder / f"{chapter}.ipynb"
        target.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(target)
    return written


def main() -> int:
    """Write them where asked."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "notebooks"
    print("\n".join(map(str, write_notebooks(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
