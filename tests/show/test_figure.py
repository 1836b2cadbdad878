"""Pictures: words are required, pixels are inside the page, matplotlib is left as it was."""

import base64
import re
from io import BytesIO

import matplotlib
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image

from udtlib.show.figure import Panels, Picture, panels, render
from udtlib.show.style import CARD


def pictures_in(html: str) -> list[Image.Image]:
    """Every picture that a piece of HTML holds."""
    found = re.findall(r'src="data:image/webp;base64,([^"]+)"', html)
    return [Image.open(BytesIO(base64.b64decode(data))) for data in found]


def line_drawing(columns: int = 1, *, size: tuple[float, float] = (2, 1.5)) -> Panels:
    with panels(columns, size=size) as board:
        for k, axes in enumerate(board):
            axes.plot([0, 1], [k, 1])
            axes.set_title(f"part {k + 1}")
    return board


def test_a_picture_shows_itself_with_its_words() -> None:
    picture = line_drawing().picture(alt='A line from "0" to <1>', caption="It rises & ends.")
    html = picture._repr_html_()
    assert html.startswith('<!--measured--><figure class="udt-figure"')
    assert html.endswith("</figure><!--/measured-->")
    assert 'alt="A line from &quot;0&quot; to &lt;1&gt;"' in html
    assert "It rises &amp; ends.</figcaption>" in html
    assert repr(picture) == '<figure: A line from "0" to <1>>'


def test_pixels_are_twice_the_width_that_the_page_is_told() -> None:
    html = line_drawing(size=(3, 2)).picture(alt="a", caption="c")._repr_html_()
    (image,) = pictures_in(html)
    assert image.size == (600, 400)
    assert 'width="300"' in html
    # The card's corner is the card's colour, whatever the page's background.
    assert image.convert("RGB").getpixel((2, 2)) == tuple(int(CARD[k : k + 2], 16) for k in (1, 3, 5))


def test_panels_stand_apart_and_each_has_a_description() -> None:
    html = line_drawing(3).picture(alt="Three lines.", caption="c")._repr_html_()
    assert len(pictures_in(html)) == 3
    assert re.findall(r'alt="([^"]*)"', html) == [
        "Three lines.",
        "Panel 2 of 3: part 2",
        "Panel 3 of 3: part 3",
    ]
    assert "flex-wrap:wrap" in html


@pytest.mark.parametrize("words", [{"alt": "", "caption": "c"}, {"alt": "a", "caption": "  "}])
def test_a_picture_needs_its_words(words) -> None:
    with pytest.raises(ValueError, match="a picture needs"):
        line_drawing().picture(**words)


def test_matplotlib_is_left_as_it_was() -> None:
    before = dict(matplotlib.rcParams)
    line_drawing(2).picture(alt="a", caption="c")._repr_html_()
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == []  # an open pyplot figure would be shown a second time


def test_the_same_drawing_gives_the_same_html() -> None:
    first, second = (line_drawing().picture(alt="a", caption="c")._repr_html_() for _ in range(2))
    assert first == second


def test_any_matplotlib_figure_can_be_a_picture_and_later_changes_do_not_show() -> None:
    figure = Figure(figsize=(1, 1))
    figure.add_subplot().plot([0, 1])
    picture = Picture(figure, alt="a", caption="c")
    html = picture._repr_html_()
    figure.axes[0].plot([1, 0])
    assert picture._repr_html_() == html


def test_saved_panels_stand_side_by_side(tmp_path) -> None:
    path = tmp_path / "lines.png"
    line_drawing(2, size=(1, 1)).picture(alt="a", caption="c").save(path)
    with Image.open(path) as image:
        assert image.size == (2 * 200 + 16, 200)


def test_a_frame_takes_the_layout_of_another() -> None:
    with panels(1) as narrow:
        narrow[0].plot([0, 1], [0, 1])
    with panels(1) as wide:
        wide[0].plot([0, 1], [0, 1e9])
        wide[0].set_ylabel("a label that needs room")
    render(narrow)
    render(wide, like=narrow)
    assert wide[0].get_position().bounds == pytest.approx(narrow[0].get_position().bounds)


@pytest.mark.parametrize(("columns", "size"), [(0, (1, 1)), (1, (0, 1))])
def test_a_board_without_room_is_refused(columns, size) -> None:
    with pytest.raises(ValueError, match="at least one panel of positive size"):
        Panels(columns, size=size)


def test_settings_end_with_the_block_even_after_an_error() -> None:
    before = matplotlib.rcParams["axes.facecolor"]
    with pytest.raises(RuntimeError), panels(1):
        raise RuntimeError
    assert matplotlib.rcParams["axes.facecolor"] == before
