"""Print the course into one PDF, by the browser, from the built site.

The pages that are read one after the other become one long page: links between them lead within the PDF, links to
other pages to the site. Headless Chromium sets the formulas and prints it, with an outline and page numbers.

Usage: python tools/make_pdf.py [PDF] [--pages PAGE …]
"""

from __future__ import annotations

import argparse
import base64
import posixpath
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from chromium import Browser, find_chromium, serve

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "book" / "_build" / "html"
TARGET = ROOT / "book" / "_build" / "unsupervised-domain-translation.pdf"
#: The parts of the table of contents that are read, and the pages of others that go with them.
READ = ("Start here", "Chapters")
ALSO = ("book/method_map", "book/glossary", "book/bibliography")
#: The long page, for as long as it is printed.
WHOLE = "whole.html"
#: Seconds that the browser may take to set all formulas, and then to print.
PATIENCE = 1800
ARTICLE = re.compile(r'<article class="bd-article">(.*)</article>', re.DOTALL)
SHEET = re.compile(r'<link\b[^>]*rel="stylesheet"[^>]*>')
MATHS = re.compile(
    r"<script>window\.MathJax = .*?</script>|<script [^>]*mathjax/startup\.js[^>]*></script>", re.DOTALL
)
ADDRESS = re.compile(r'\b(src|href)="([^"]*)"')
NAME = re.compile(r'(?<=\s)id="([^"]+)"')
FOOT = (
    '<div style="font: 8pt sans-serif; color: #57606b; width: 100%; text-align: center">'
    '<span class="pageNumber"></span></div>'
)


def pages_of_course() -> list[str]:
    """The pages in the order in which they are read, without their endings."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    read = [
        entry["file"] for part in contents["parts"] if part["caption"] in READ for entry in part["chapters"]
    ]
    return [contents["root"], *read, *ALSO]


def slug(page: str) -> str:
    """What the names of a page's places begin with."""
    return page.rsplit("/", 1)[-1]


def within(target: str, *, page: str, pages: list[str], base: str) -> str:
    """Where an address of a page leads in the long page."""
    if re.match(r"[a-z]+:", target):
        return target
    path, _, place = target.partition("#")
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else f"{page}.html"
    name = whole.removesuffix(".html")
    if not whole.endswith(".html"):
        return whole
    if name in pages:
        return f"#{slug(name)}--{place}" if place else f"#{slug(name)}"
    return f"{base}{whole}#{place}" if place else f"{base}{whole}"


def part_of(page: str, html: str, *, pages: list[str], base: str) -> str:
    """A page's article, its names and addresses made those of the long page, and opened."""
    found = ARTICLE.search(html)
    if found is None:
        raise ValueError(f"{page}.html has no article; build the book again with make book")
    text = NAME.sub(lambda name: f'id="{slug(page)}--{name[1]}"', found[1])
    text = ADDRESS.sub(
        lambda address: f'{address[1]}="{within(address[2], page=page, pages=pages, base=base)}"', text
    )
    text = re.sub(r'<details class="(?!hide above-input)', r'<details open class="', text)
    return f'<section class="udt-printed" id="{slug(page)}">{text}</section>'


def long_page(site: Path, pages: list[str]) -> str:
    """All pages as one, with the site's styles and its maths."""
    base = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]
    texts = {page: (site / f"{page}.html").read_text(encoding="utf-8") for page in pages}
    first = texts[pages[0]]
    head = [*SHEET.findall(first), *MATHS.findall("".join(texts.values()))]
    head = [
        ADDRESS.sub(
            lambda found: (
                f'{found[1]}="{posixpath.normpath(posixpath.join(posixpath.dirname(pages[0]), found[2]))}"'
            ),
            tag,
        )
        for tag in dict.fromkeys(head)
    ]
    parts = [part_of(page, texts[page], pages=pages, base=base) for page in pages]
    return "\n".join(
        [
            '<!doctype html><html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8">',
            "<title>Unsupervised domain translation</title>",
            *head,
            '</head><body class="udt-whole"><div class="bd-content"><main class="bd-article">',
            *parts,
            "</main></div></body></html>",
        ]
    )


def read_stream(browser: Browser, handle: str) -> Iterator[bytes]:
    """What the browser printed, piece by piece."""
    while True:
        piece: dict[str, Any] = browser.call("IO.read", handle=handle, size=1 << 20)
        yield base64.b64decode(piece["data"]) if piece.get("base64Encoded") else piece["data"].encode()
        if piece["eof"]:
            return


def print_pages(site: Path, pages: list[str], target: Path) -> None:
    """Print the pages of a built site into one file."""
    program = find_chromium()
    if program is None:
        raise RuntimeError("no Chromium found; install it or set CHROMIUM to its path")
    whole = site / WHOLE
    whole.write_text(long_page(site, pages), encoding="utf-8")
    browser = Browser(program, patience=PATIENCE)
    try:
        with serve(site) as address:
            browser.visit(f"{address}/{WHOLE}")
            made = browser.call(
                "Page.printToPDF",
                printBackground=True,
                preferCSSPageSize=True,
                displayHeaderFooter=True,
                headerTemplate="<span></span>",
                footerTemplate=FOOT,
                generateTaggedPDF=True,
                generateDocumentOutline=True,
                transferMode="ReturnAsStream",
            )
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                file.writelines(read_stream(browser, made["stream"]))
    finally:
        browser.close()
        whole.unlink()


def main() -> int:
    """Print, and say where."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="?", type=Path, default=TARGET, metavar="PDF")
    parser.add_argument("--pages", nargs="+", metavar="PAGE", help="these alone, such as notebooks/00_maps")
    parser.add_argument("--site", type=Path, default=SITE, help="the built site")
    options = parser.parse_args()
    start = time.perf_counter()
    if not (options.site / "book" / "index.html").is_file():
        print("The site is not built; run make book first.", file=sys.stderr)
        return 1
    print_pages(options.site, options.pages or pages_of_course(), options.target)
    size = options.target.stat().st_size / 2**20
    print(f"Printed in {time.perf_counter() - start:.0f} s, {size:.1f} MB:\n  {options.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
