"""Pictures of translations: what is drawn of what a run has stored."""

import pytest
import torch

from udtlib.experiments.pictures import Translations, translations


def stored(value: float, *, count: int) -> dict[str, torch.Tensor]:
    x = torch.linspace(-1, 1, count)[:, None, None, None].expand(count, 1, 4, 4)
    return {"x": x, "T(x)": torch.full((count, 1, 4, 4), value)}


def test_fewer_images_are_drawn_than_a_run_has_stored() -> None:
    runs = {"A": stored(0.1, count=10), "B": stored(0.9, count=10)}
    few = translations("x", "T(x)", caption="c", count=3).draw(runs)
    assert "Rows of 3 test images: x; A: T(x); B: T(x)." in str(few.alt)
    same = translations("x", "T(x)", caption="c", count=3).draw(
        {name: {row: each[:3] for row, each in images.items()} for name, images in runs.items()}
    )
    assert few._repr_html_() == same._repr_html_()


def test_a_row_that_is_unknown_is_named() -> None:
    with pytest.raises(ValueError, match=r"no row 'z'; there are x, y, T\(x\)"):
        Translations(rows=("z",), caption="")
