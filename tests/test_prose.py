"""How much of a chapter is prose to be read: enough to explain, and no more than one sitting."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.prose import LEAST, MOST, chapter_words, words

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FENCE = "```"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_chapter_reads_in_two_to_four_thousand_words(path: Path) -> None:
    """``python tools/prose.py`` prints the words of every chapter."""
    assert LEAST <= chapter_words(path) <= MOST


@pytest.mark.parametrize(
    ("markdown", "count"),
    [
        ("# Two words\n\nand four more here", 6),
        ("- one\n- *two* **three**\n1. four", 5),
        ("a well-known Gromov–Wasserstein problem", 4),
        ("see $x + y$ and\n\n$$z = 1$$\n\nthere", 3),
        ("call `fit(game)` and {eq}`eq-one` {cite}`someone2020,other2021`", 2),
        ("[the next page](other.md) and ![five words of a picture](p.webp)", 4),
        ("(a-label)=\n# Title\n<!-- not seen -->", 1),
        (":::{admonition} Careful: it counts\n:class: warning\nfour words in it\n:::", 7),
        (f"before\n{FENCE}python\nx = 1\n{FENCE}\nafter", 2),
        (f"before\n{FENCE}{{math}}\n:label: eq-one\nx = y\n{FENCE}\nafter", 2),
        (f"before\n{FENCE}{{figure}} a.webp\n:alt: what\nits caption\n{FENCE}\nafter", 2),
        (":::{exercise} One\n:label: ex-one\nHow many?\n:::\nthen", 1),
        (f":::{{solution}} ex-one\n:class: dropdown\n{FENCE}python\nx = 1\n{FENCE}\nso it is\n:::\nthen", 1),
        ("| a | b |\n|---|---|\n| one | two |\n\nthen", 1),
        ('<udt-live figure="a">\n\nPush it.\n\n</udt-live>\n\nthen', 1),
    ],
)
def test_only_what_is_read_is_counted(markdown: str, count: int) -> None:
    assert words(markdown) == count
