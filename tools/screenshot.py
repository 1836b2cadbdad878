"""Take a picture of a whole page of the built site.

Usage: python tools/screenshot.py book/notation --width 390 --dark --out notation.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from chromium import Browser, find_chromium, serve

SITE = Path(__file__).resolve().parent.parent / "book" / "_build" / "html"


def main() -> int:
    """Open the page in headless Chromium and write the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="+", metavar="PAGE", help="a page of the site, without .html")
    parser.add_argument("--width", type=int, default=1280, help="CSS pixels (390: a phone)")
    parser.add_argument("--dark", action="store_true", help="the dark colours")
    parser.add_argument("--out", type=Path, required=True, help="the PNG file; with several pages, a folder")
    parser.add_argument("--site", type=Path, default=SITE, help="the built site")
    options = parser.parse_args()
    program = find_chromium()
    if program is None:
        print("No Chromium found; install it or set CHROMIUM to its path.", file=sys.stderr)
        return 1
    browser = Browser(program)
    try:
        with serve(options.site) as address:
            browser.resize(options.width)
            mode = "dark" if options.dark else "light"
            for page in options.pages:
                browser.visit(f"{address}/{page}.html")
                browser.evaluate(f"document.documentElement.dataset.theme = '{mode}'")
                many = len(options.pages) > 1
                target = options.out / f"{page.replace('/', '-')}.png" if many else options.out
                target.parent.mkdir(parents=True, exist_ok=True)
                browser.screenshot(target)
                print(target)
    finally:
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
