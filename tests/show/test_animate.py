"""Players: self-contained, deterministic, within their budget, and described."""

import base64
import json
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from udtlib.show.animate import Animation, fit_budget
from udtlib.show.figure import Panels, panels


def frame(height: float, *, columns: int = 1, size: tuple[float, float] = (1, 1)) -> Panels:
    with panels(columns, size=size) as board:
        for axes in board:
            axes.plot([0, 1], [0, height])
    return board


def player(count: int = 3, **options) -> Animation:
    """A player of small frames."""
    words = {"alt": "A turning line", "caption": "It turns."} | options
    return Animation([frame(k) for k in range(count)], [f"θ = {90 * k}°" for k in range(count)], **words)


def facts(html: str) -> dict:
    """What the page's script is told."""
    data = re.search(r'start\("udt-[0-9a-f]{12}",(.*)\);\}\)\(\);</script>', html)
    return json.loads(data.group(1))


def test_a_player_is_one_self_contained_piece() -> None:
    shown = player(start=1)
    html = shown._repr_html_()
    assert re.fullmatch(r"<!--measured--><figure[\s\S]*</script><!--/measured-->", html)
    assert not re.search(r"https?://|<link|<script src|@import", html)
    assert repr(shown) == "<player: A turning line>"
    told = facts(html)
    assert told["labels"] == ["θ = 0°", "θ = 90°", "θ = 180°"]
    assert len(told["frames"]) == 3
    first = Image.open(BytesIO(base64.b64decode(told["frames"][0][0].split(",")[1])))
    assert first.size == (200, 200)
    # Before the script runs, the page shows the frame that the reader starts at.
    assert f'src="{told["frames"][1][0]}"' in html


def test_controls_can_be_reached_and_read_aloud() -> None:
    html = player()._repr_html_()
    assert 'class="udt-controls" hidden' in html
    assert '<button type="button" aria-label="Play"' in html
    assert 'type="range" min="0" max="2" step="1" value="0" aria-label="A turning line"' in html
    assert 'aria-valuetext="θ = 0°"' in html
    assert "prefers-reduced-motion" in html


def test_names_come_from_the_content() -> None:
    name = re.compile(r'data-udt-player="(udt-[0-9a-f]{12})"')
    same, again = (name.search(player()._repr_html_()).group(1) for _ in range(2))
    other = name.search(player(4)._repr_html_()).group(1)
    assert same == again != other


def test_every_panel_has_its_own_image() -> None:
    shown = Animation([frame(1, columns=2), frame(2, columns=2)], ["1", "2"], alt="Two lines", caption="c")
    html = shown._repr_html_()
    assert re.findall(r'<img alt="([^"]*)"', html) == ["Two lines", "Panel 2 of 2"]
    assert [len(panel) for panel in facts(html)["frames"]] == [2, 2]


def test_labels_cannot_break_out_of_the_script() -> None:
    label = '</script><b>"'
    shown = Animation([frame(1)], [label], alt="a", caption="c")
    html = shown._repr_html_()
    assert html.count("</script>") == 1
    assert facts(html)["labels"] == [label]


def test_bad_players_are_refused() -> None:
    with pytest.raises(ValueError, match="one label for each frame, got 0 and 0"):
        player(0)
    with pytest.raises(ValueError, match="start=3 of 3"):
        player(start=3)
    with pytest.raises(ValueError, match="interval=1 ms"):
        player(interval=1)
    with pytest.raises(ValueError, match="a picture needs alt"):
        player(alt=" ")
    with pytest.raises(ValueError, match="differ in size"):
        Animation([frame(1), frame(1, size=(1, 2))], ["a", "b"], alt="a", caption="c")


def noise(count: int, *, side: int) -> list[list[Image.Image]]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    return [[Image.fromarray(image)] for image in pixels]


def test_frames_shrink_to_the_budget_and_stay_exact_within_it() -> None:
    frames = noise(3, side=64)
    roomy = fit_budget([[Image.new("RGB", (64, 64), "#fbfaf7")]] * 3, budget=100_000)
    assert np.asarray(Image.open(BytesIO(roomy[0][0])).convert("RGB"))[0, 0].tolist() == [0xFB, 0xFA, 0xF7]
    free = sum(len(data) for (data,) in fit_budget(frames, budget=10**9))
    tight = fit_budget(frames, budget=free // 2)
    assert sum(len(data) for (data,) in tight) * 4 / 3 <= free // 2


def test_a_player_too_large_for_a_page_is_refused(monkeypatch) -> None:
    monkeypatch.setattr("udtlib.show.animate.LIMIT", 3_000)
    with pytest.raises(ValueError, match=r"0\.0 MB.*fewer or smaller frames"):
        player()
