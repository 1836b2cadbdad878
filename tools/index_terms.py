"""The index of the text: which paragraph of which page explains a term.

``book/index_terms.yml`` lists the terms of every page with words of the paragraph that explains them. While Sphinx
reads a page, each term becomes an entry that leads to that paragraph, so chapters need no marks for the index. On
the index's own page the places of one term stand on one line and are named by their chapters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from chapters import CHAPTERS
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

TERMS = Path(__file__).resolve().parent.parent / "book" / "index_terms.yml"
#: What stands for another term is no page.
SEE = "see"
#: Parts of a page that ask about terms or announce them, and explain none.
ASKING = ("exercise", "solution", "tip")

logger = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where the index leads: what to call the page, its whole title, and the address."""

    name: str
    title: str
    address: str


@cache
def all_terms() -> dict[str, dict[str, str]]:
    """For every page, each term with the words that are looked for; under ``see``, what to look up instead."""
    read = yaml.safe_load(TERMS.read_text(encoding="utf-8"))
    see = read.pop(SEE)
    return {**{page: dict(map(pair, listed)) for page, listed in read.items()}, SEE: see}


def pair(listed: str | dict[str, str]) -> tuple[str, str]:
    """A term and its words; a term alone is its own words."""
    if isinstance(listed, str):
        return listed, listed
    ((term, words),) = listed.items()
    return term, words


def plain(text: str) -> str:
    """Small letters without marks of emphasis and formulas, with straight apostrophes and single spaces."""
    return " ".join(re.sub(r"[*$]", "", text).replace("’", "'").split()).lower()


def where(words: str, paragraphs: list[tuple[str, list[str]]]) -> int | None:
    """The number of the paragraph, given as text and its emphasised parts, to which words lead."""
    wanted = plain(words)
    whole = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
    for number, (_, emphasised) in enumerate(paragraphs):
        if any(plain(part).rstrip(".") == wanted.rstrip(".") for part in emphasised):
            return number
    return next((number for number, (text, _) in enumerate(paragraphs) if whole.search(plain(text))), None)


def explaining(document: nodes.document) -> Iterator[nodes.Element]:
    """The paragraphs and headings of a page, without its exercises."""
    for node in document.findall(lambda node: isinstance(node, nodes.paragraph | nodes.title)):
        parent = node.parent
        while parent is not None and not any(
            name in type(parent).__name__ or name in parent.get("classes", ()) for name in ASKING
        ):
            parent = parent.parent
        if parent is None:
            yield node


class IndexTheText(SphinxTransform):
    """Gives every term of a page its entry in the index."""

    # before the apostrophes are rounded, and before the domains collect their entries
    default_priority = 740

    def apply(self, **arguments: Any) -> None:
        """Mark the paragraphs, and say what was not found."""
        page = self.env.docname
        terms = all_terms().get(page, {})
        if not terms:
            return
        found = list(explaining(self.document))
        texts = [(node.astext(), [part.astext() for part in node.findall(is_emphasis)]) for node in found]
        entries = []
        for term, words in terms.items():
            number = where(words, texts)
            if number is None:
                logger.warning(
                    "%s: the index leads %r to the words %r, which are gone; give %s other words for it",
                    page,
                    term,
                    words,
                    TERMS.name,
                )
                continue
            entries.append(("single", term, anchor(found[number], term), "", None))
        self.document.append(addnodes.index(entries=entries))


def is_emphasis(node: nodes.Node) -> bool:
    """Bold or italic text."""
    return isinstance(node, nodes.strong | nodes.emphasis)


def anchor(node: nodes.Element, term: str) -> str:
    """The name by which an address finds a paragraph; a heading is found as its section."""
    if isinstance(node, nodes.title) and node.parent.get("ids"):
        return str(node.parent["ids"][0])
    name = f"index-{nodes.make_id(term)}"
    node.setdefault("ids", [])
    node["ids"].append(name)
    return name


def place_of(address: str, title_of: Callable[[str], str]) -> Place:
    """How the index names a page: a chapter by its number, another page by what it is."""
    page = address.split("#")[0].removesuffix(".html")
    chapter = next((chapter for chapter in CHAPTERS if chapter.page == page), None)
    if chapter is not None and chapter.number:
        return Place(chapter.number, f"Chapter {chapter.number}, {chapter.title}", address)
    if page == "book/glossary":
        return Place("glossary", "The glossary", address)
    title = chapter.title if chapter else title_of(page)
    return Place(title.lower(), title, address)


def lines_of_index(
    entries: list[Any], title_of: Callable[[str], str]
) -> list[tuple[str, list[tuple[str, list[Place], str]]]]:
    """For every letter its terms, each with its places in the order of the course or what to look up instead."""
    order = {chapter.page: number for number, chapter in enumerate(CHAPTERS, start=1)}
    letters: dict[str, list[tuple[str, list[Place], str]]] = {}
    instead = all_terms()[SEE]
    for key, group in entries:
        for term, (links, others, _) in group:
            addresses = [address for _, address in links] + [link for _, sub in others for _, link in sub]
            addresses.sort(key=lambda address: order.get(address.split(".html")[0], 0))
            places = [place_of(address, title_of) for address in addresses]
            letters.setdefault(key, []).append((term, places, ""))
    for term, other in instead.items():
        letters.setdefault(term[0].upper(), []).append((term, [], other))
    return [
        (key, sorted(letters[key], key=lambda line: plain(line[0]))) for key in sorted(letters, key=str.lower)
    ]


def show_index(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Hand the index's template its lines."""
    if "genindexentries" in context:
        titles = app.env.titles
        context["index_of_text"] = lines_of_index(
            context["genindexentries"],
            lambda name: titles[name].astext() if name in titles else name,
        )
