"""The living figures: each starts from a folder, answers to keys, and computes what PyTorch computes.

The site is opened as a file, the hardest case: no request may leave the page, and none may fetch a neighbour.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.chromium import Browser, find_chromium
from tools.live_models import MODELS, STORED

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "book" / "_build" / "html"
STATIC = SITE / "_static" / "live"
FIGURES = sorted(path.stem for path in (ROOT / "book" / "_static" / "live" / "figures").glob("*.js"))
#: How many inputs a model is asked, and how far its answers may be off.
ASKED, NEAR = 10, 1e-3

pytestmark = pytest.mark.site

#: Moves the first slider by a key's step and the focus to every control; presses keys on every drawing.
KEYS = """(async () => {
  const stage = document.querySelector('udt-live .udt-live-stage');
  const rest = ms => new Promise(done => setTimeout(done, ms));
  const seen = () => [...stage.querySelectorAll('canvas')].map(c => c.toDataURL()).join() + stage.textContent;
  const unnamed = [...stage.querySelectorAll('input, button, canvas')].filter(
    e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.[0]?.textContent.trim())
      && !e.closest('label'));
  const before = seen();
  const pads = [...stage.querySelectorAll('canvas[tabindex]')];
  for (const pad of pads) {
    pad.focus();
    for (const key of ['ArrowLeft', ' ', 'ArrowUp', 'ArrowUp', 'ArrowLeft', ' '])
      pad.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  }
  await rest(300);
  const drawn = seen();
  const slider = stage.querySelector('input[type=range]');
  slider.focus();
  return { pads: pads.length, drawn: drawn !== before, unnamed: unnamed.length, value: slider.value,
           focus: document.activeElement === slider };
})()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for files."""
    if not STATIC.is_dir():
        pytest.skip("the site is not built; run make book")
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine; install it, or set CHROMIUM to its path")
    browser = Browser(program)
    try:
        yield browser
    finally:
        browser.close()


def page_of(figure: str) -> Path:
    """The page of the site that shows a figure."""
    pages = [SITE / "book" / "index.html", *sorted((SITE / "notebooks").glob("*.html"))]
    return next(page for page in pages if f'figure="{figure}"' in page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FIGURES)
def test_figure_opens_from_a_folder_and_answers_to_keys(browser: Browser, name: str) -> None:
    browser.resize(1280)
    visit = browser.visit(page_of(name).as_uri())
    heavy = [url for url in visit.requests if "/models/" in url or "/runtime/" in url]
    assert not heavy, "nothing is loaded before a figure is opened"
    # the theme's own fonts, which a browser does not take from a folder
    old = len(visit.errors)
    state = browser.evaluate(
        f"(figure => figure.open(true).then(() => figure.dataset.state))"
        f"(document.querySelector('udt-live[figure={name}]'))"
    )
    assert state == "open"
    # other figures of the page must not be taken for this one
    browser.evaluate(f"document.querySelectorAll('udt-live:not([figure={name}])').forEach(e => e.remove())")
    browser.evaluate("new Promise(done => setTimeout(done, 800))")
    found = browser.evaluate(KEYS)
    assert found["focus"]
    assert not found["unnamed"]
    assert found["drawn"] or not found["pads"]
    for kind in ("keyDown", "keyUp"):
        key = {"key": "ArrowRight", "code": "ArrowRight", "windowsVirtualKeyCode": 39}
        browser.call("Input.dispatchKeyEvent", type=kind, **key)
    after = browser.evaluate("document.querySelector('udt-live input[type=range]').value")
    assert after != found["value"], "the slider answers to the arrow keys"
    browser.evaluate("new Promise(done => setTimeout(done, 500))")
    assert not visit.errors[old:]
    assert not [url for url in visit.requests if not url.startswith(("file:", "data:", "blob:"))]


@pytest.mark.parametrize("name", FIGURES)
def test_open_figure_fits_a_phone(browser: Browser, name: str) -> None:
    browser.resize(390)
    browser.visit(page_of(name).as_uri())
    browser.evaluate(f"document.querySelector('udt-live[figure={name}]').open(false)")
    wide = browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    sticking = browser.evaluate(
        f"[...document.querySelectorAll('udt-live[figure={name}] .udt-live-stage *')]"
        ".filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert wide <= 0
    assert not sticking


def test_nothing_moves_for_a_reader_who_wants_no_motion(browser: Browser) -> None:
    wish = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.call("Emulation.setEmulatedMedia", features=wish)
    try:
        browser.visit(page_of("pendulum").as_uri())
        words = browser.evaluate(
            "(async figure => { await figure.open(true);"
            " figure.scrollIntoView(); const read = () => figure.querySelector('.udt-live-words').textContent;"
            " const before = read(); await new Promise(done => setTimeout(done, 900)); return [before, read()]; })"
            "(document.querySelector('udt-live[figure=pendulum]'))"
        )
    finally:
        browser.call("Emulation.setEmulatedMedia", features=[])
    assert words[0] == words[1]


def sample(value: torch.Tensor, number: int) -> torch.Tensor:
    """An input of a model's shape: smooth and rough pictures, codes, and times of either sign."""
    generator = torch.Generator().manual_seed(number)
    noise = torch.randn(value.shape, generator=generator)
    if value.ndim == 4:
        coarse = torch.randn(*value.shape[:2], 8, 8, generator=generator)
        smooth = torch.nn.functional.interpolate(coarse, value.shape[2:], mode="bilinear")
        return (smooth + 0.3 * (number % 3) * noise).clamp(-1, 1)
    return noise if value.ndim == 2 else 0.3 * noise


def packed(value: torch.Tensor) -> dict[str, object]:
    """A tensor as the page reads it."""
    text = base64.b64encode(value.contiguous().numpy().astype("<f4").tobytes()).decode()
    return {"data": text, "shape": list(value.shape)}


@pytest.mark.parametrize("name", MODELS)
def test_browser_computes_what_pytorch_computes(browser: Browser, name: str) -> None:
    model = MODELS[name]()
    if "_static/live/live.js" not in browser.evaluate("[...document.scripts].map(s => s.src).join()"):
        browser.visit(page_of(FIGURES[0]).as_uri())
    worst = 0.0
    for number in range(ASKED):
        inputs = {key: sample(value, number) for key, value in model.inputs.items()}
        with torch.no_grad():
            right = model.net.eval()(*inputs.values())
        asked = json.dumps({key: packed(value) for key, value in inputs.items()})
        text = browser.evaluate(
            """(async asked => {
              const inputs = {};
              for (const [key, { data, shape }] of Object.entries(asked))
                inputs[key] = [new Float32Array(Uint8Array.from(atob(data), c => c.charCodeAt(0)).buffer), shape];
              const bytes = new Uint8Array((await udtLive.run(NAME, inputs)).slice().buffer);
              let text = '';
              bytes.forEach(b => { text += String.fromCharCode(b); });
              return btoa(text);
            })(ASKED)""".replace("NAME", json.dumps(name)).replace("(ASKED)", f"({asked})")
        )
        answer = torch.from_numpy(np.frombuffer(base64.b64decode(text), "<f4").copy()).reshape(right.shape)
        worst = max(worst, (answer - right).abs().max().item())
    print(f"{name}: at most {worst:.1e} from PyTorch")
    assert worst < NEAR


def test_every_figure_has_a_poster_and_stands_on_a_page() -> None:
    for name in FIGURES:
        poster = ROOT / "book" / "figures" / "live" / f"{name}.webp"
        assert poster.stat().st_size <= 60_000, f"take it again with tools/live_posters.py {name}"
        assert page_of(name) if STATIC.is_dir() else True


def test_what_a_figure_loads_is_small_and_from_here() -> None:
    if not STATIC.is_dir():
        pytest.skip("the site is not built; run make book")
    for path in (STATIC / "models").glob("*.js"):
        assert path.stat().st_size < 1_600_000
    for path in [*STATIC.glob("*.js"), *(STATIC / "figures").glob("*.js")]:
        assert not re.search(
            r"https?://|fetch\(", path.read_text(encoding="utf-8").replace("fetch() its", "")
        )
    assert (STATIC / "runtime" / "LICENSE").is_file()
    assert (STATIC / "runtime" / "ThirdPartyNotices.txt").is_file()
    assert sum(path.stat().st_size for path in STORED.iterdir()) < 3_000_000
