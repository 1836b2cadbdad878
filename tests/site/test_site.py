"""What a reader meets: every page of the built site, in a browser that has no network.

One browser visits each page once, at a laptop's width and then at a phone's; the tests read what it noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from tools.chromium import Browser, Visit, find_chromium, serve

SITE = Path(__file__).resolve().parents[2] / "book" / "_build" / "html"
FILES = sorted(
    path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if "_static" not in path.parts
)
PAGES = [name for name in FILES if name != "index.html"]  # that one only sends the reader on
PHONE = 390

# What the page says about itself, read after its formulas have been typeset.
LOOK = r"""(() => {
  const body = document.querySelector('main') || document.body;
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const raw = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest('code, pre, script, style, mjx-container, noscript, template')) continue;
    if (/\\\(|\\\[|\$\$|\\begin\{/.test(node.textContent)) raw.push(node.textContent.trim().slice(0, 80));
  }
  const wrong = [...document.querySelectorAll('mjx-merror, [data-mjx-error], mjx-mtext[style*="red"]')];
  return {
    ids: [...document.querySelectorAll('[id]')].map(e => e.id),
    links: [...document.querySelectorAll('a[href]')].map(e => e.href),
    raw, wrong: wrong.map(e => e.getAttribute('title') || e.dataset.mjxError || e.textContent),
    formulas: document.querySelectorAll('.math').length,
    typeset: document.querySelectorAll('.math mjx-container').length,
    noalt: [...document.images].filter(i => !i.getAttribute('alt')).map(i => i.src.slice(0, 80)),
    blank: [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src.slice(0, 80)),
    headings: document.querySelectorAll('main h1').length,
  };
})()"""

OVERFLOW = r"""(() => {
  const width = document.documentElement.clientWidth;
  const scroll = document.documentElement.scrollWidth;
  const scrolls = e => e && e !== document.body && e !== document.documentElement
    && (['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  // a part that sticks out of the article, unless something scrolls it on purpose
  const article = document.querySelector('article');
  const out = article ? [...article.querySelectorAll('*')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > width + 1 && !scrolls(e.parentElement);
  }) : [];
  return { width, scroll, out: out.slice(0, 3).map(e => e.outerHTML.slice(0, 100)) };
})()"""


# Tables that are wider than what holds them, at a laptop's width.
SIDEWAYS = r"""(() => [...document.querySelectorAll('table')].filter(table => {
  const scrolls = e => ['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX);
  for (let e = table; e && e !== document.body; e = e.parentElement)
    if (e.clientWidth && scrolls(e) && e.scrollWidth > e.clientWidth + 1) return true;
  return false;
}).map(table => (table.caption || table.rows[0]).textContent.trim().slice(0, 80)))()"""


@dataclass(frozen=True)
class Seen:
    """One page: what the browser reported, and what the page says about itself at both widths."""

    visit: Visit
    look: dict[str, Any]
    sideways: list[str]
    phone: dict[str, Any]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The loopback address that serves the site."""
    if not PAGES:
        pytest.skip("the site is not built; run make book")
    with serve(SITE) as where:
        yield where


@pytest.fixture(scope="session")
def seen(address: str) -> dict[str, Seen]:
    """Every page, visited once."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine; install it, or set CHROMIUM to its path")
    browser, found = Browser(program), {}
    try:
        for page in PAGES:
            browser.resize(1280)
            visit = browser.visit(f"{address}/{page}")
            look, sideways = browser.evaluate(LOOK), browser.evaluate(SIDEWAYS)
            browser.resize(PHONE)
            found[page] = Seen(visit, look, sideways, browser.evaluate(OVERFLOW))
    finally:
        browser.close()
    return found


pytestmark = pytest.mark.site
every_page = pytest.mark.parametrize("page", PAGES or ["no page"])


@every_page
def test_page_reports_no_error(seen: dict[str, Seen], page: str) -> None:
    assert not seen[page].visit.errors


@every_page
def test_page_asks_only_this_site(seen: dict[str, Seen], address: str, page: str) -> None:
    elsewhere = [url for url in seen[page].visit.requests if not url.startswith((address, "data:", "blob:"))]
    assert not elsewhere


@every_page
def test_maths_is_typeset(seen: dict[str, Seen], page: str) -> None:
    look = seen[page].look
    assert not look["raw"], "TeX left visible"
    assert not look["wrong"], "a formula that MathJax could not read"
    assert look["typeset"] >= look["formulas"]


@every_page
def test_images_are_there_and_described(seen: dict[str, Seen], page: str) -> None:
    assert not seen[page].look["noalt"]
    assert not seen[page].look["blank"]


@every_page
def test_no_table_needs_sideways_scrolling(seen: dict[str, Seen], page: str) -> None:
    assert not seen[page].sideways


@every_page
def test_page_fits_a_phone(seen: dict[str, Seen], page: str) -> None:
    phone = seen[page].phone
    assert phone["scroll"] <= phone["width"], "the page scrolls sideways"
    assert not phone["out"], "parts stick out of the page"


@every_page
def test_internal_links_lead_somewhere(seen: dict[str, Seen], address: str, page: str) -> None:
    broken = []
    for link in seen[page].look["links"]:
        target, anchor = urldefrag(link)
        if not target.startswith(address):
            continue
        path = unquote(urlsplit(target).path).lstrip("/") or "index.html"
        lost = anchor and path in seen and unquote(anchor) not in seen[path].look["ids"]
        if lost or not (SITE / path).is_file():
            broken.append(link)
    assert not broken


@every_page
def test_source_names_no_other_server(address: str, page: str) -> None:
    """The same promise, read from the HTML: it holds for whatever a script has not asked for yet, too."""
    text = (SITE / page).read_text(encoding="utf-8")
    loads = re.findall(r"<(?:script|img|iframe|source|video)\b[^>]*?\bsrc=[\"'](https?:)?//[^\"']*", text)
    sheets = re.findall(
        r"<link\b(?=[^>]*rel=[\"'](?:stylesheet|preload|icon))[^>]*href=[\"']https?://[^\"']*", text
    )
    assert not loads
    assert not sheets
    assert not re.findall(r"url\([\"']?https?://", text)


def test_first_page_sends_the_reader_on(address: str) -> None:
    text = (SITE / "index.html").read_text(encoding="utf-8")
    target = re.search(r"http-equiv=[\"']?Refresh[\"']?[^>]*url=([^\"'> ]+)", text, re.IGNORECASE)
    assert target
    assert (SITE / target[1]).is_file()


def test_style_sheets_name_no_other_server(address: str) -> None:
    wrong = [
        path.name
        for path in SITE.rglob("*.css")
        if re.search(
            r"(@import|url\()\s*[\"']?(https?:)?//", path.read_text(encoding="utf-8", errors="replace")
        )
    ]
    assert not wrong


def test_chapters_offer_colab_and_jupyterlab(address: str) -> None:
    for path in (SITE / "notebooks").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "colab.research.google.com/github/" in text
        assert "urlpath=lab" in text or "/lab/tree/" in text
