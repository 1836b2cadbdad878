"""The label painter's script in a real browser, with a model that keeps what a kernel would be told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import torch

from tools.chromium import Browser, find_chromium, serve
from udtlib.show.painter import label_to_bytes, make_palette, png_uri
from udtlib.show.painter_widget import beside, make_css

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>painter</title>
<meta name="viewport" content="width=device-width"><style>%(css)s</style><body><div id="a"></div><div id="b"></div>
<script type="module">
import painter from "./painter.js";
const state = %(state)s;
state.original = Uint8Array.from(state.original);
state.edited.data = new DataView(Uint8Array.from(state.edited.data).buffer);
const heard = [];
window.sent = [];
window.model = {
  get: (name) => state[name],
  set(name, value) {
    state[name] = value;
    heard.filter(([event]) => event === "change:" + name).forEach(([, run]) => run());
  },
  save_changes() { window.sent.push({ ...state.edited, data: [...state.edited.data] }); },
  on: (event, run) => heard.push([event, run]),
  off: (event, run) => heard.splice(heard.findIndex(([e, r]) => e === event && r === run), 1),
};
window.heard = heard;
window.close = painter.render({ model: window.model, el: document.getElementById("a") });
</script></body></html>"""

HEIGHT, WIDTH = 8, 12
START = torch.zeros(HEIGHT, WIDTH, dtype=torch.int64)
START[2:6, 3:9] = 1
COLOURS = ((-0.3, 0.1, 0.6), (0.8, 0.4, 0.1), (-0.8, -0.9, -0.9))
PALETTE = make_palette(("background", "skin", "glasses & hair"), COLOURS)


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium: install it or set CHROMIUM to its path")
    folder = tmp_path_factory.mktemp("painter")
    data = list(label_to_bytes(START))
    image = torch.tensor(COLOURS)[START].permute(2, 0, 1)
    state = {
        "palette": PALETTE,
        "brush": 1,
        "original": data,
        "edited": {"stroke": 0, "shape": [HEIGHT, WIDTH], "data": data},
        "answer": {"stroke": 0, "image": png_uri(image), "error": ""},
    }
    text = PAGE % {"css": make_css(), "state": json.dumps(state)}
    (folder / "painter.html").write_text(text, encoding="utf-8")
    (folder / "painter.js").write_text(beside("painter.js"), encoding="utf-8")
    (folder / "favicon.ico").write_bytes(b"")
    opened = Browser(program)
    try:
        with serve(folder) as address:
            opened.address = f"{address}/painter.html"
            yield opened
    finally:
        opened.close()


def visit(browser: Browser, *, width: int = 900) -> None:
    browser.resize(width)
    seen = browser.visit(browser.address)
    assert seen.errors == []
    own = ("data:", browser.address.rsplit("/", 1)[0])
    assert all(request.startswith(own) for request in seen.requests)


def mouse(browser: Browser, kind: str, cell: tuple[float, float], *, button: str = "left") -> None:
    """A mouse event on a cell ``(row, column)`` of the map, counted from the canvas's corner."""
    box = browser.evaluate(
        "(() => { const b = document.querySelector('canvas').getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height]; })()"
    )
    x, y = box[0] + (cell[1] + 0.5) * box[2] / WIDTH, box[1] + (cell[0] + 0.5) * box[3] / HEIGHT
    held = {"left": 1, "right": 2}[button]
    browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, buttons=held, clickCount=1)


def drag(browser: Browser, *cells: tuple[float, float]) -> None:
    mouse(browser, "mousePressed", cells[0])
    for cell in cells[1:]:
        mouse(browser, "mouseMoved", cell)
    mouse(browser, "mouseReleased", cells[-1])


def press(browser: Browser, key: str, code: int, *, modifiers: int = 0) -> None:
    for kind in ("keyDown", "keyUp"):
        facts = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        browser.call("Input.dispatchKeyEvent", type=kind, **facts)


def click(browser: Browser, text: str) -> None:
    browser.evaluate(
        f"[...document.querySelectorAll('button')].find(b => b.textContent === {text!r}).click()"
    )


def sent(browser: Browser) -> list[dict]:
    return browser.evaluate("window.sent")


def as_map(message: dict) -> torch.Tensor:
    return torch.tensor(message["data"]).reshape(message["shape"])


def colour_at(browser: Browser, row: int, column: int) -> str:
    script = f"document.querySelector('canvas').getContext('2d').getImageData({column}, {row}, 1, 1).data"
    return "#" + bytes(browser.evaluate(f"[...{script}]")[:3]).hex()


@pytest.mark.site
def test_a_fast_stroke_has_no_gaps_and_is_sent_once(browser: Browser) -> None:
    visit(browser)
    click(browser, "glasses & hair")
    drag(browser, (1, 1), (1, 10))
    (message,) = sent(browser)
    expected = START.clone()
    expected[1, 1:11] = 2
    assert message["stroke"] == 1
    assert torch.equal(as_map(message), expected)
    assert colour_at(browser, 1, 5) == PALETTE[2]["colour"]
    assert colour_at(browser, 7, 5) == PALETTE[0]["colour"]


@pytest.mark.site
def test_strokes_that_change_nothing_and_other_buttons_send_nothing(browser: Browser) -> None:
    visit(browser)
    drag(browser, (0, 0), (0, 5))  # background on background
    click(browser, "skin")
    mouse(browser, "mousePressed", (0, 0), button="right")
    mouse(browser, "mouseReleased", (0, 0), button="right")
    assert sent(browser) == []
    assert browser.evaluate("[...document.querySelectorAll('.udt-tools button')].every(b => b.disabled)")


@pytest.mark.site
def test_brush_undo_and_reset(browser: Browser) -> None:
    visit(browser)
    click(browser, "glasses & hair")
    grow = "s => { s.value = 2; s.dispatchEvent(new Event('input')); }"
    browser.evaluate(f"({grow})(document.querySelector('input'))")
    drag(browser, (0, 0))
    drag(browser, (5, 11))  # the brush ends at the border
    first, second = (as_map(message) for message in sent(browser))
    assert (first == 2).nonzero().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert int((second == 2).sum()) == 4 + 2
    click(browser, "Undo")
    assert torch.equal(as_map(sent(browser)[-1]), first)
    click(browser, "Reset")
    assert torch.equal(as_map(sent(browser)[-1]), START)
    click(browser, "Undo")  # a reset can be taken back
    assert [message["stroke"] for message in sent(browser)] == [1, 2, 3, 4, 5]


@pytest.mark.site
def test_keyboard_draws_and_undoes(browser: Browser) -> None:
    visit(browser)
    browser.evaluate("document.querySelectorAll('.udt-palette button')[2].focus()")
    press(browser, " ", 32)
    assert browser.evaluate("document.activeElement.ariaPressed") == "true"
    browser.evaluate("document.querySelector('canvas').focus()")
    press(browser, "ArrowLeft", 37)
    press(browser, "ArrowDown", 40)
    press(browser, "Enter", 13)
    assert (as_map(sent(browser)[-1]) == 2).nonzero().tolist() == [[HEIGHT // 2 + 1, WIDTH // 2 - 1]]
    press(browser, "z", 90, modifiers=2)
    assert torch.equal(as_map(sent(browser)[-1]), START)


@pytest.mark.site
def test_touch_draws(browser: Browser) -> None:
    visit(browser, width=390)
    click(browser, "glasses & hair")
    box = browser.evaluate("(b => [b.left, b.top])(document.querySelector('canvas').getBoundingClientRect())")
    start, end = ({"x": box[0] + 3, "y": box[1] + y} for y in (3, 60))
    browser.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[start])
    browser.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=[end])
    browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    assert int((as_map(sent(browser)[0])[:, 0] == 2).sum()) >= 2
    assert browser.evaluate("scrollY") == 0


@pytest.mark.site
def test_answers_and_errors_are_shown(browser: Browser) -> None:
    visit(browser)
    click(browser, "glasses & hair")
    drag(browser, (0, 0))
    drag(browser, (0, 5))
    look = """(() => ({ status: document.querySelector('.udt-title output').textContent,
      error: document.querySelector('.udt-error').innerText, source: document.querySelector('img').src,
      stale: document.querySelector('img').className }))()"""
    answer = "window.model.set('answer', {{stroke: {}, image: {!r}, error: {!r}}})"
    grey = png_uri(torch.zeros(1, 8, 12))
    assert browser.evaluate(look)["status"] == "translating …"
    browser.evaluate(answer.format(1, grey, ""))  # of a stroke that is no longer the last one
    assert browser.evaluate(look)["status"] == "translating …"
    browser.evaluate(answer.format(2, grey, "ValueError: <b>too dark</b>"))
    shown = browser.evaluate(look)
    assert shown == {
        "status": "",
        "error": "ValueError: <b>too dark</b>",
        "source": grey,
        "stale": "udt-stale",
    }
    browser.evaluate(answer.format(2, grey, ""))
    assert (browser.evaluate(look)["error"], browser.evaluate(look)["stale"]) == ("", "")


@pytest.mark.site
def test_two_views_show_one_map_and_a_closed_one_is_forgotten(browser: Browser) -> None:
    visit(browser)
    browser.evaluate(
        "import('./painter.js').then(m => { window.closeSecond ="
        "m.default.render({model: window.model, el: document.getElementById('b')}); })"
    )
    click(browser, "glasses & hair")  # of the first view
    drag(browser, (0, 0))
    pixel = "c => c.getContext('2d').getImageData(0, 0, 1, 1).data[0]"
    shown = browser.evaluate(f"[...document.querySelectorAll('canvas')].map({pixel})")
    assert shown == [int(PALETTE[2]["colour"][1:3], 16)] * 2
    browser.evaluate("window.closeSecond(); window.close()")
    assert browser.evaluate("window.heard.length") == 0


@pytest.mark.site
@pytest.mark.parametrize("width", [390, 900])
def test_it_fits_the_page(browser: Browser, width: int) -> None:
    visit(browser, width=width)
    canvas, image = browser.evaluate(
        "['canvas', 'img'].map(t => document.querySelector(t).getBoundingClientRect().toJSON())"
    )
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert (image["top"] >= canvas["bottom"]) == (
        width == 390
    )  # below each other on a phone, else side by side
    assert canvas["width"] == image["width"] >= 240
    assert canvas["width"] / canvas["height"] == pytest.approx(WIDTH / HEIGHT, rel=0.01)
