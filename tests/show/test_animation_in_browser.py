"""Players in a real browser: what the mouse, the keyboard and a wish for less motion do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools.chromium import Browser, find_chromium, serve
from udtlib.show.animate import Animation
from udtlib.show.figure import panels

PAGE = "<!doctype html><html lang='en'><meta charset='utf-8'><title>players</title><body>{}</body></html>"
# What the page shows of player k.
LOOK = """(() => {{
  const figure = document.querySelectorAll('figure')[{0}];
  const bar = figure.querySelector('.udt-controls');
  return {{ label: bar.querySelector('output').textContent, spoken: bar.querySelector('input').ariaValueText,
           button: bar.querySelector('button').ariaLabel, hidden: bar.hidden,
           source: figure.querySelector('img').src.length, width: figure.querySelector('img').naturalWidth }};
}})()"""


def player(kind: str) -> Animation:
    frames = []
    for k in range(4):
        with panels(1, size=(1, 1)) as board:
            board[0].plot([0, 1], [0, k**2])
        frames.append(board)
    return Animation(
        frames, [f"{kind} {k}" for k in range(4)], alt=kind, caption="c", kind=kind, interval=100
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium: install it or set CHROMIUM to its path")
    folder = tmp_path_factory.mktemp("players")
    # The slider stands on the page twice, as in a notebook with two views of one output.
    pieces = [player("slider"), player("loop"), player("slider")]
    text = PAGE.format("".join(piece._repr_html_() for piece in pieces))
    (folder / "players.html").write_text(text, encoding="utf-8")
    (folder / "favicon.ico").write_bytes(b"")
    opened = Browser(program)
    try:
        with serve(folder) as address:
            opened.address = f"{address}/players.html"
            yield opened
    finally:
        opened.close()


def visit(browser: Browser, *, motion: str = "no-preference") -> None:
    feature = {"name": "prefers-reduced-motion", "value": motion}
    browser.call("Emulation.setEmulatedMedia", features=[feature])
    seen = browser.visit(browser.address)
    assert seen.errors == []
    own = ("data:", browser.address.rsplit("/", 1)[0])
    assert all(request.startswith(own) for request in seen.requests)


def wait(browser: Browser, milliseconds: int) -> None:
    browser.evaluate(f"new Promise(done => setTimeout(done, {milliseconds}))")


@pytest.mark.site
def test_slider_waits_and_follows_the_reader(browser: Browser) -> None:
    visit(browser)
    before = browser.evaluate(LOOK.format(0))
    assert before["label"] == before["spoken"] == "slider 0"
    assert before["button"] == "Play"
    assert not before["hidden"]
    assert before["width"] == 200
    move = "s => { s.value = 2; s.dispatchEvent(new Event('input')); }"
    browser.evaluate(f"({move})(document.querySelector('input'))")
    after = browser.evaluate(LOOK.format(0))
    assert after["label"] == after["spoken"] == "slider 2"
    assert after["source"] != before["source"]
    # The second view of the same player has its own state.
    assert browser.evaluate(LOOK.format(2))["label"] == "slider 0"


@pytest.mark.site
def test_keyboard_moves_the_slider(browser: Browser) -> None:
    visit(browser)
    browser.evaluate("document.querySelector('input').focus()")
    key = {"key": "ArrowRight", "code": "ArrowRight", "windowsVirtualKeyCode": 39}
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, **key)
    wait(browser, 100)
    assert browser.evaluate(LOOK.format(0))["label"] == "slider 1"


@pytest.mark.site
def test_play_runs_to_the_end_and_stops(browser: Browser) -> None:
    visit(browser)
    browser.evaluate("document.querySelector('button').click()")
    assert browser.evaluate(LOOK.format(0))["button"] == "Pause"
    wait(browser, 1500)
    end = browser.evaluate(LOOK.format(0))
    assert (end["label"], end["button"]) == ("slider 3", "Play")


@pytest.mark.site
def test_a_second_press_pauses(browser: Browser) -> None:
    visit(browser)
    browser.evaluate("document.querySelectorAll('button')[1].click()")  # the loop plays already
    paused = browser.evaluate(LOOK.format(1))
    wait(browser, 400)
    assert paused["button"] == "Play"
    assert browser.evaluate(LOOK.format(1))["label"] == paused["label"]


@pytest.mark.site
def test_loop_plays_unless_less_motion_is_wished_for(browser: Browser) -> None:
    visit(browser)
    assert browser.evaluate(LOOK.format(1))["button"] == "Pause"
    visit(browser, motion="reduce")
    still = browser.evaluate(LOOK.format(1))
    wait(browser, 400)
    assert (still["button"], browser.evaluate(LOOK.format(1))["label"]) == ("Play", "loop 0")
