"""What a reader meets: every page of the built site, in a browser that has no network.

One browser visits each page once, at a laptop's width in the light and in the dark and then at a phone's; the
tests read what it noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
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
#: Bytes that a page may ask for before a live figure is opened, unpacked.
HEAVIEST = 2_000_000

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


# Display formulas that are cut or lie under their number, and what scrolls without a key that reaches it.
FORMULAS = r"""(() => {
  const bad = [];
  for (const formula of document.querySelectorAll('div.math')) {
    const number = formula.querySelector('.eqno'), body = formula.querySelector('mjx-container');
    if (!body || !formula.offsetParent) continue;
    const inner = body.querySelector('mjx-math').getBoundingClientRect(), box = body.getBoundingClientRect();
    const scrolls = body.scrollWidth > body.clientWidth + 1;
    if (scrolls && body.tabIndex < 0) bad.push('no key reaches ' + formula.id);
    if (!scrolls && inner.right > box.right + 2) bad.push('cut: ' + formula.id);
    if (number) {
      const place = number.getBoundingClientRect();
      if (!(place.left >= box.right - 1 || place.bottom <= box.top + 1)) bad.push('number over ' + formula.id);
    }
  }
  return { bad, scrolling: document.querySelectorAll('mjx-container.udt-scrolls').length };
})()"""

# The colours of code against their ground: far fewer kinds of words than words.
CODE = r"""(() => {
  const parts = text => text.match(/[\d.]+/g).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = parts(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const seen = {}, poor = [];
  for (const word of document.querySelectorAll('.highlight pre span[class]')) {
    if (word.className in seen || !word.offsetParent) continue;
    const pair = [light(parts(getComputedStyle(word).color)), light(ground(word))].sort();
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    seen[word.className] = ratio;
    if (ratio < 4.5) poor.push(word.className + ' ' + ratio.toFixed(2));
  }
  return poor;
})()"""

# Scrolling parts that no key reaches.
KEYS = r"""(() => [...document.querySelectorAll('main *')].filter(part => {
  if (part.scrollWidth <= part.clientWidth + 1 || !part.clientWidth || part.tabIndex >= 0) return false;
  if (!/auto|scroll/.test(getComputedStyle(part).overflowX)) return false;
  return !part.querySelector('a[href], button, input, [tabindex="0"]') && part.textContent.trim();
}).map(part => 'no key reaches ' + part.outerHTML.slice(0, 160)))()"""

# MathJax's letters and the words of code are many, alike, and have checks of their own: axe sees none of them.
STRIP = r"""(() => {
  document.querySelectorAll('mjx-container').forEach(part => part.replaceChildren());
  document.querySelectorAll('.highlight pre').forEach(part => { part.textContent = 'code'; });
  document.querySelectorAll('svg').forEach(part => { part.innerHTML = ''; });
  // of parts that differ in their words alone, two are enough
  const seen = {};
  for (const part of document.querySelectorAll('tr, li, main p, main dt, main dd, div.cell, figure')) {
    if (!part.isConnected) continue;
    const kind = part.outerHTML.replace(/>[^<]*</g, '><')
      .replace(/ (?!class|style|role|type|tabindex)[\w-]+="[^"]*"/g, '');
    seen[kind] = (seen[kind] || 0) + 1;
    if (seen[kind] > 2) part.remove();
  }
})()"""
AXE = """(async () => {
  const found = await axe.run(document, { resultTypes: ['violations'], preload: false, RULES });
  return found.violations.filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => v.id + ': ' + v.nodes.slice(0, 4).map(n => n.html.slice(0, 120) + n.failureSummary).join(' | '));
})()"""
CONTRAST = "runOnly: { type: 'rule', values: ['color-contrast'] }"
REVEAL = "document.querySelectorAll('.udt-guess button:last-of-type').forEach(button => button.click())"
STILL = "document.head.insertAdjacentHTML('beforeend', '<style>* { transition: none !important; }</style>')"


@dataclass(frozen=True)
class Seen:
    """One page: what the browser reported, and what the page says about itself at both widths."""

    visit: Visit
    look: dict[str, Any]
    sideways: list[str]
    formulas: dict[str, Any]
    complaints: list[str]
    phone: dict[str, Any]
    phone_formulas: dict[str, Any]


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
            browser.evaluate(STILL)
            browser.evaluate(REVEAL)
            look, sideways = browser.evaluate(LOOK), browser.evaluate(SIDEWAYS)
            formulas = browser.evaluate(FORMULAS)
            complaints = browser.evaluate(KEYS)
            browser.resize(PHONE)
            browser.evaluate("new Promise(done => setTimeout(done, 250))")  # the page fits itself anew
            phone, phone_formulas = browser.evaluate(OVERFLOW), browser.evaluate(FORMULAS)
            complaints += browser.evaluate(KEYS)
            browser.resize(1280)
            complaints += accessible(browser)
            found[page] = Seen(visit, look, sideways, formulas, complaints, phone, phone_formulas)
    finally:
        browser.close()
    return found


def accessible(browser: Browser) -> list[str]:
    """What axe says against the open page in the light and in the dark."""
    said = []
    for mode in ("light", "dark"):
        browser.evaluate(f"document.documentElement.dataset.theme = '{mode}'")
        said += [f"{mode}: code {text}" for text in browser.evaluate(CODE)]
    browser.evaluate(STRIP)
    try:
        browser.evaluate(axe_source())
    except PackageNotFoundError:
        return [*said, "axe-core-python is not installed; pip install -c constraints.txt -e '.[dev]'"]
    for mode, rules in (("dark", CONTRAST), ("light", "")):
        browser.evaluate(f"document.documentElement.dataset.theme = '{mode}'")
        said += [f"{mode}: {text}" for text in browser.evaluate(AXE.replace("RULES", rules))]
    return said


def axe_source() -> str:
    """The checker's script, found without importing a package that wants a driver of its own."""
    where = distribution("axe-core-python").locate_file("axe_core_python/axe.min.js")
    return Path(str(where)).read_text(encoding="utf-8")


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
def test_everybody_can_read_and_reach_it(seen: dict[str, Seen], page: str) -> None:
    assert not seen[page].complaints, "serious or critical findings of axe, or poor contrast of code"


@every_page
def test_formulas_fit_their_column(seen: dict[str, Seen], page: str) -> None:
    assert seen[page].formulas == {"bad": [], "scrolling": 0}
    assert not seen[page].phone_formulas["bad"]


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
        # the version for running, which stands beside the site
        assert re.search(rf"colab\.research\.google\.com/github/[^\"]+/run/{path.stem}\.ipynb", text)
        assert (SITE / "run" / f"{path.stem}.ipynb").is_file()
        assert "urlpath=lab" in text or "/lab/tree/" in text


@pytest.mark.parametrize(
    "page", ["book/index", "book/which_bias", "notebooks/04_cyclegan", "notebooks/00_maps"]
)
def test_page_is_light(address: str, page: str) -> None:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine; install it, or set CHROMIUM to its path")
    browser = Browser(program)
    try:
        loaded = browser.weigh(f"{address}/{page}.html")
    finally:
        browser.close()
    assert sum(loaded.values()) <= HEAVIEST, sorted(loaded.items(), key=lambda item: -item[1])[:8]


@every_page
def test_page_says_what_it_is(address: str, page: str) -> None:
    text = (SITE / page).read_text(encoding="utf-8")
    if page in ("genindex.html", "search.html"):
        return
    assert re.search(r'<meta name="description" content="[^"]{30,220}">', text)
    image = re.search(r'<meta property="og:image" content="([^"]+)">', text)
    assert image
    assert (SITE / image[1].split("/", 4)[-1]).is_file()


def test_closing_page_asks_before_it_tells(address: str) -> None:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine; install it, or set CHROMIUM to its path")
    browser = Browser(program)
    shown = "[...document.querySelectorAll('main table')].filter(t => t.offsetParent).length"
    try:
        browser.visit(f"{address}/book/which_bias.html")
        before = browser.evaluate(shown)
        browser.evaluate("document.querySelector('.udt-guess button').click()")
        said = browser.evaluate("document.querySelector('.udt-guess output').textContent")
        assert browser.evaluate(shown) > before
        assert said.startswith("You said: CycleGAN. Gromov")
    finally:
        browser.close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser of one's own."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine; install it, or set CHROMIUM to its path")
    one = Browser(program)
    try:
        yield one
    finally:
        one.close()


def test_index_leads_to_paragraphs_of_every_chapter(address: str) -> None:
    text = (SITE / "genindex.html").read_text(encoding="utf-8")
    links = re.findall(r'href="((?:notebooks|book)/[^"#]+\.html)#([^"]+)"', text)
    for path in sorted((SITE / "notebooks").glob("*.html")):
        page = path.relative_to(SITE).as_posix()
        names = [name for target, name in links if target == page]
        assert len(set(names)) >= 8, f"{page} hardly contributes"
        there = path.read_text(encoding="utf-8")
        assert not [name for name in names if f'id="{name}"' not in there]


def test_a_reader_is_told_where_and_may_fold_the_code(address: str, browser: Browser) -> None:
    browser.resize(PHONE)
    browser.visit(f"{address}/notebooks/05_shared_latents.html")
    here = "document.querySelector('.udt-here')"
    assert browser.evaluate(f"{here}.hidden")
    third = "document.querySelectorAll('article h2')[2]"
    browser.evaluate(f"{third}.scrollIntoView({{ behavior: 'instant' }})")
    told = browser.evaluate(
        f"(async () => {{ for (let k = 0; k < 100 && {here}.hidden; k++)"
        " await new Promise(done => setTimeout(done, 100));"
        f" return [{here}.hidden, {here}.textContent, {here}.getBoundingClientRect().top]; }})()"
    )
    title = browser.evaluate(f"{third}.textContent.replace(/#$/, '').trim()")
    assert told[:2] == [False, title]
    assert 0 <= told[2] < 80, "it stays in sight"
    height = "document.querySelector('article').getBoundingClientRect().height"
    long = browser.evaluate(height)
    browser.evaluate("document.querySelector('button.udt-short').click()")
    assert browser.evaluate(height) < 0.85 * long
    browser.evaluate("document.querySelector('button.udt-code').click()")
    assert (
        browser.evaluate("document.querySelector('button.udt-code').getAttribute('aria-expanded')") == "true"
    )
    assert browser.evaluate("document.querySelector('article div.cell > .cell_input').offsetHeight") > 20
    browser.evaluate("document.querySelector('button.udt-short').click()")
    assert browser.evaluate(height) == pytest.approx(long, abs=2)


def test_a_sheet_shows_four_columns_on_a_phone_and_grows_under_a_tap(address: str, browser: Browser) -> None:
    browser.resize(PHONE)
    browser.visit(f"{address}/notebooks/04_cyclegan.html")
    strip = "document.querySelector('.udt-strip:has([src$=\"cyclegan-street-samples.webp\"])')"
    seen, sheet = browser.evaluate(f"[{strip}.clientWidth, {strip}.querySelector('img').clientWidth]")
    # ten columns of 68 pixels each in 1120; a fifth of the phone is for the names of the rows
    assert 0.8 * seen / (68 / 1120 * sheet) == pytest.approx(4, abs=0.3)
    assert browser.evaluate(f"{strip}.scrollLeft") > 0
    stage = "document.querySelector('dialog.udt-stage')"
    browser.evaluate(f"{strip}.querySelector('button').click()")
    assert browser.evaluate(f"{stage}.open")
    assert browser.evaluate(f"{stage}.querySelector('img').clientWidth") > 1000
    for kind in ("keyDown", "keyUp"):
        browser.call(
            "Input.dispatchKeyEvent", type=kind, key="Escape", code="Escape", windowsVirtualKeyCode=27
        )
    assert not browser.evaluate(f"{stage}.open")
    assert browser.evaluate(f"document.activeElement === {strip}.querySelector('button')")


def test_posters_change_with_the_colours(address: str, browser: Browser) -> None:
    browser.visit(f"{address}/notebooks/03_bicyclegan.html")
    posters = "[...document.querySelectorAll('udt-live img')].filter(i => i.offsetParent)"
    shown = f"{posters}.map(i => i.src.split('/').pop())"
    for mode, name in (("light", "hands.webp"), ("dark", "hands-dark.webp")):
        browser.evaluate(f"document.documentElement.dataset.theme = '{mode}'")
        assert browser.evaluate(shown) == [name]


def test_sitemap_lists_the_pages(address: str) -> None:
    listed = re.findall(r"<loc>[^<]*?//[^/]+/[^/]+/([^<]+)</loc>", (SITE / "sitemap.xml").read_text("utf-8"))
    assert set(listed) == set(PAGES) - {"search.html"}
