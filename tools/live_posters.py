"""Take the pictures that stand in a living figure's place until it is opened: ``book/figures/live/NAME.webp``,
and ``NAME-dark.webp`` for the dark colours.

Usage: python tools/live_posters.py [NAME …]   (the site must be built: models and runtime are taken from it)

Each is the figure itself at work in headless Chromium, from a folder, without its buttons and words.
"""

from __future__ import annotations

import base64
import io
import sys
import tempfile
from pathlib import Path

from chromium import Browser, find_chromium
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "book" / "_build" / "html" / "_static"
POSTERS = ROOT / "book" / "figures" / "live"
MOST = 60_000

TURNED = """const slider = document.querySelector('input[type=range]');
slider.value = 130;
slider.dispatchEvent(new Event('input', { bubbles: true }));"""
SWUNG = """const button = words => [...document.querySelectorAll('button')].find(b => b.textContent === words);
button('Ten steps').click();
button('Begin again').click();
for (let k = 0; k < 7; k++) button('Ten steps').click();"""
#: What to do before the picture is taken, and which part of the figure it shows.
FIGURES = {
    "hero": (TURNED, ".udt-live-panels"),
    "faces": ("", ".udt-live-pictures"),
    "shading": ("", ".udt-live-pictures"),
    "ink": ("", ".udt-live-pictures"),
    "portrait": ("", ".udt-live-pictures"),
    "hands": ("", ".udt-live-pictures"),
    "cyclegan": ("", ".udt-live-pictures"),
    "sinkhorn": ("document.activeElement.blur()", "canvas"),
    "pendulum": (SWUNG, ".udt-live-pictures"),
    "hamiltonian": ("", ".udt-live-pictures"),
}
PAGE = """<!doctype html><html data-theme="{theme}"><meta charset="utf-8">
<style>body {{ margin: 0; font: 16px/1.5 system-ui, sans-serif; width: 720px; }}</style>
<style>* {{ box-sizing: border-box; }}</style>
<link rel="stylesheet" href="{static}/live/live.css">
<style>udt-live {{ margin: 0; border: 0; }} .udt-live-row, .udt-live-choice {{ display: none; }}</style>
<script defer src="{static}/live/live.js"></script>
<div class="bd-article"><udt-live figure="{name}"><p>poster</p></udt-live></div>"""


def take(browser: Browser, name: str, folder: Path, *, theme: str) -> bytes:
    """Open one figure and return its picture as WebP, in a quality that keeps it small."""
    before, part = FIGURES[name]
    page = folder / f"{name}.html"
    page.write_text(PAGE.format(static=STATIC.as_uri(), name=name, theme=theme), encoding="utf-8")
    browser.resize(720, 1200)
    browser.visit(page.as_uri())
    browser.evaluate(
        "customElements.whenDefined('udt-live').then(() => document.querySelector('udt-live').open(false))"
    )
    # The figures that move by themselves are to be seen on their way; the pendulum is begun again.
    browser.evaluate(f"new Promise(done => setTimeout(done, 4000)).then(() => {{ {before} }})")
    box = browser.evaluate(
        f"(b => ({{x: b.x, y: b.y, width: b.width, height: b.height, scale: 1.5}}))"
        f"(document.querySelector('.udt-live-stage > {part}').getBoundingClientRect())"
    )
    shot = base64.b64decode(browser.call("Page.captureScreenshot", format="png", clip=box)["data"])
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for quality in (85, 70, 55, 40):
        stream = io.BytesIO()
        picture.save(stream, "WEBP", quality=quality, method=6)
        if stream.tell() <= MOST:
            break
    return stream.getvalue()


def main() -> int:
    """Take the pictures that are named, or all."""
    program = find_chromium()
    if program is None:
        print("No Chromium found; install it or set CHROMIUM to its path.", file=sys.stderr)
        return 1
    POSTERS.mkdir(parents=True, exist_ok=True)
    browser = Browser(program)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name in sys.argv[1:] or FIGURES:
                for theme, ending in (("light", ""), ("dark", "-dark")):
                    content = take(browser, name, Path(folder), theme=theme)
                    (POSTERS / f"{name}{ending}.webp").write_bytes(content)
                    print(f"{name}{ending}: {len(content):,} bytes")
    finally:
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
