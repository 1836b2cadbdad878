"""How many words of prose a chapter has: what somebody reads who reads it from its first line to its summary.

Usage: python tools/prose.py [notebooks/NN_NAME.ipynb ...]

Counted are the words of headings, paragraphs, lists, the boxes "Careful" and the other admonitions, and the
summary. Left out is what is looked at, worked on or looked up:

- code cells, their outputs and the captions in them; fenced code and `names of code` within a sentence;
- displayed formulas, and formulas within a sentence;
- exercises and their solutions;
- tables, pictures with their alternative texts and captions, and living figures;
- citations, labels, comments, the addresses of links (their words count), and the options of directives.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Words of prose that a chapter has, at least and at most.
LEAST, MOST = 2_000, 4_000
#: Directives that are left out with all that is in them; of others the words count.
LOOKED_AT = {
    *("math", "figure", "image", "table", "list-table", "csv-table", "code", "code-block", "raw"),
    *("exercise", "exercise-start", "solution", "solution-start", "include"),
}
#: A fence of at least three colons or backticks, and the directive that it opens.
FENCE = re.compile(r"^\s*(?P<marks>:{3,}|`{3,}|~{3,})\s*(?:\{(?P<name>[\w-]+)\})?(?P<title>.*)$")
#: What is taken out of a line or of a paragraph, and what stands in its place.
TAKEN = tuple(
    (re.compile(pattern, re.DOTALL), put)
    for pattern, put in (
        (r"<!--.*?-->", " "),
        (r"<udt-live\b.*?</udt-live>", " "),
        (r"\$\$.*?\$\$", " "),
        (r"(?m)^\([\w:-]+\)=\s*$", " "),
        (r"\{(?:cite\w*|eq|numref|label)(?::\w+)?\}`[^`]*`", " "),
        (r"\{(?:doc|ref|term|prf:ref)\}`([^`<]*)(?:<[^`]*>)?`", r" \1 "),
        (r"!\[[^\]]*\]\([^)]*\)", " "),
        (r"\[([^\]]*)\]\([^)]*\)", r"\1"),
        (r"`[^`\n]*`", " "),
        (r"\$[^$]*\$", " "),
        (r"</?[a-zA-Z][^>]*>", " "),
    )
)
#: A word begins with a letter or a digit, and holds together what a hyphen or an apostrophe joins.
WORD = re.compile(r"[^\W_][\w'’‑–-]*")


def prose(markdown: str) -> str:
    """The prose of one cell."""
    text = "\n".join(told_lines(markdown.splitlines()))
    for pattern, put in TAKEN:
        text = pattern.sub(put, text)
    return text


def told_lines(lines: Iterable[str]) -> list[str]:
    """The lines outside of directives that are looked at, without fences, options and tables."""
    kept: list[str] = []
    open_fences: list[tuple[str, bool]] = []  # its marks, and whether what it holds is left out
    options = False
    for line in lines:
        hidden = bool(open_fences) and open_fences[-1][1]
        fence = FENCE.match(line)
        if fence and closes(fence, open_fences):
            open_fences.pop()
        elif fence and not (hidden and open_fences[-1][0][0] == "`"):
            name = fence["name"]
            left_out = hidden or name in LOOKED_AT or name is None
            open_fences.append((fence["marks"], left_out))
            options = True
            kept += [] if left_out else [fence["title"]]
        elif options and re.match(r"^\s*:[\w-]+:", line):
            pass
        else:
            options = False
            kept += [] if hidden or line.lstrip().startswith("|") else [line]
    return kept


def closes(fence: re.Match[str], open_fences: Sequence[tuple[str, bool]]) -> bool:
    """Whether a fence ends the directive that was opened last: at least as many of its marks, and no word."""
    if not open_fences or fence["name"] or fence["title"].strip():
        return False
    marks = open_fences[-1][0]
    return fence["marks"][0] == marks[0] and len(fence["marks"]) >= len(marks)


def words(markdown: str) -> int:
    """How many words of prose there are."""
    return len(WORD.findall(prose(markdown)))


def chapter_words(path: Path) -> int:
    """The words of prose in a notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return sum(words("".join(cell["source"])) for cell in cells if cell["cell_type"] == "markdown")


def main() -> int:
    """Print the words of every chapter, or of those that are named."""
    paths = [Path(name) for name in sys.argv[1:]] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    for path in paths:
        print(f"{chapter_words(path):6d}  {path.stem}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
