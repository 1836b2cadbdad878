"""The index of the text: every chapter has its terms, and each leads to a paragraph that is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from chapters import CHAPTERS
from index_terms import SEE, all_terms, lines_of_index, where

ROOT = Path(__file__).resolve().parent.parent
#: Terms of a chapter; fewer are no index, more are a word list.
FEWEST, MOST = 8, 22
BOX = re.compile(r"^(:{3,}|`{3,})\{(exercise|solution)\}.*?^\1\s*$", re.MULTILINE | re.DOTALL)
CITED = re.compile(r"\{cite(:t)?\}`[^`]*`")
EMPHASISED = re.compile(r"\*\*(.+?)\*\*|(?<![*\w])\*([^*]+)\*(?!\*)", re.DOTALL)


def paragraphs_of(page: str) -> list[tuple[str, list[str]]]:
    """The prose of a page as the index reads it, without Sphinx."""
    notebook = ROOT / f"{page}.ipynb"
    if notebook.exists():
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    else:
        text = (ROOT / f"{page}.md").read_text(encoding="utf-8")
    text = CITED.sub("", BOX.sub("", text))
    parts = re.split(r"\n\s*\n|\n(?=[-#])", text)
    return [(part, [strong or light for strong, light in EMPHASISED.findall(part)]) for part in parts]


@pytest.mark.parametrize("page", [page for page in all_terms() if page != SEE])
def test_every_term_leads_to_words_of_its_page(page: str) -> None:
    found = paragraphs_of(page)
    lost = [f"{term}: {words}" for term, words in all_terms()[page].items() if where(words, found) is None]
    assert not lost, "words of book/index_terms.yml that the page no longer has"


@pytest.mark.parametrize("chapter", [chapter for chapter in CHAPTERS if chapter.number])
def test_every_chapter_contributes(chapter) -> None:
    assert FEWEST <= len(all_terms().get(chapter.page, {})) <= MOST


def test_an_emphasised_word_is_preferred_to_an_earlier_plain_one() -> None:
    text = [("A coupling, one says.", []), ("A **coupling** is a joint law.", ["coupling"])]
    assert where("coupling", text) == 1
    assert where("one says", text) == 0


def test_a_word_within_a_word_is_not_found() -> None:
    assert where("tight", [("Nothing is tightened.", ["tightened"])]) is None
    assert where("Brenier's theorem", [("By Brenier’s\ntheorem", [])]) == 0


def test_what_stands_for_another_term_stands_for_one_that_is_there() -> None:
    glossary = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8").splitlines()
    there = {term for page, terms in all_terms().items() if page != SEE for term in terms} | set(glossary)
    assert set(all_terms()[SEE].values()) <= there
    assert not set(all_terms()[SEE]) & there


def test_places_are_named_by_their_chapters_in_the_order_of_the_course() -> None:
    links = [
        ("", "notebooks/04_cyclegan.html#a"),
        ("main", "book/glossary.html#b"),
        ("", "book/setup.html#d"),
    ]
    links.append(("", "notebooks/01_gans.html#c"))
    ((key, lines),) = (
        entry
        for entry in lines_of_index([("F", [("fit", (links, [], None))])], lambda page: "Set up")
        if entry[0] == "F"
    )
    ((term, places, other),) = lines
    assert (key, term, other) == ("F", "fit", "")
    assert [place.name for place in places] == ["glossary", "set up", "01", "04"]
    assert places[2].address == "notebooks/01_gans.html#c"
