"""Label maps as images, edge drawings, and the canvas that both are made on."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from udtlib.data.faces.canvas import Canvas
from udtlib.data.faces.draw import LABELS, PALETTE, draw_faces, edge_drawing, paint_labels, read_labels
from udtlib.data.faces.factors import FaceFactors, sample_factors
from udtlib.data.faces.shapes import disc

BACKGROUND = LABELS.index("background")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def people(count: int) -> FaceFactors:
    return sample_factors(count, generator=generator())


def grown(mask: torch.Tensor, pixels: int) -> torch.Tensor:
    """A mask and all that is within some pixels of it."""
    return F.max_pool2d(mask.float()[:, None], 2 * pixels + 1, 1, pixels)[:, 0] > 0


def blank(size: int = 32) -> Canvas:
    """A black canvas for one face whose head does not tilt."""
    axis = (2 * torch.arange(size) + 1) / size - 1
    x, y = axis[None, None, :], axis[None, :, None]
    u, v = (t.expand(1, size, size).clone() for t in (x, y))
    label = torch.zeros(1, size, size, dtype=torch.int8)
    ink = torch.zeros(1, size, size)
    image = torch.zeros(1, 3, size, size)
    return Canvas(image=image, label=label, ink=ink, x=x, y=y, u=u, v=v, pixel=2 / size)


def test_a_shape_covers_image_labels_and_ink_of_what_lies_under_it() -> None:
    canvas, red, blue = blank(), torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 1.0]])
    small, large = (disc(canvas.u, canvas.v, radius) for radius in (0.3, 0.8))
    canvas.fill(small, red, label="eyes")
    inked = canvas.ink.clone()
    assert inked.max() > 0.5
    assert set(canvas.label.unique().tolist()) == {0, LABELS.index("eyes")}
    canvas.fill(large, blue, label="hair")
    assert set(canvas.label.unique().tolist()) == {0, LABELS.index("hair")}
    assert (canvas.ink[inked > 0] == 0).all()
    assert canvas.image[:, 0].max() == 0
    assert (canvas.label == LABELS.index("hair")).float().mean() * 4 == pytest.approx(3.1416 * 0.64, abs=0.05)


def test_a_thin_shape_is_a_line_itself() -> None:
    canvas = blank()
    mask = canvas.fill(disc(canvas.u, canvas.v, 0.1), torch.ones(1, 3), label="brows", thin=True)
    assert torch.equal(canvas.ink, mask)


def test_painting_on_rows_paints_on_the_whole() -> None:
    canvas = blank()
    part = canvas.span(-0.25, 0.25)
    assert part == slice(11, 21)
    assert canvas.span(-3.0, 3.0) == slice(0, 65)
    rows = canvas.rows(part)
    rows.fill(disc(rows.u, rows.v, 2.0), torch.ones(1, 3), label="skin")
    assert canvas.label.sum() == 10 * 32
    assert canvas.image.sum() == 3 * 10 * 32


def test_edges_are_ink_on_paper() -> None:
    edges = edge_drawing(people(16), size=64)
    assert (edges > 0.99).float().mean() > 0.6
    assert (edges < 0).float().mean((1, 2, 3)).min() > 0.02
    label = draw_faces(people(16), size=64).label
    # Each person's outline is inked: next to a change of the label from or to the wall there is a line.
    wall = label == BACKGROUND
    border = grown(wall, 1) & grown(~wall, 1)
    inked = grown(edges[:, 0] < 0.5, 1)
    assert inked[border].float().mean() > 0.97


def test_ages_are_drawn_and_inked() -> None:
    factors = people(8)
    young, old = (replace(factors, age=torch.full((8,), age)) for age in (0.49, 1.0))
    photos = [draw_faces(factors, size=64).image for factors in (young, old)]
    assert ((photos[0] - photos[1]).abs().flatten(1).amax(1) > 0.02).all()
    assert edge_drawing(old, size=64).mean() < edge_drawing(young, size=64).mean()


@given(data=st.data(), size=st.integers(1, 6))
def test_labels_survive_painting_and_reading(data: st.DataObject, size: int) -> None:
    entries = st.lists(st.integers(0, len(LABELS) - 1), min_size=size**2, max_size=size**2)
    label = torch.tensor(data.draw(entries)).view(1, size, size)
    painted = paint_labels(label)
    assert painted.abs().max() <= 1
    assert torch.equal(read_labels(painted), label)
    noise = torch.rand(painted.shape, generator=generator()) - 0.5
    assert torch.equal(read_labels(painted + 0.3 * noise), label)


def test_the_palette_keeps_its_distance() -> None:
    colours = torch.tensor(PALETTE)
    assert len(colours) == len(LABELS)
    assert torch.pdist(colours).min() > 0.6


@pytest.mark.parametrize(
    ("message", "call"),
    [
        (r"labels lie in 0 … 8, got -1 … 0", lambda: paint_labels(torch.tensor([[[-1, 0]]]))),
        (r"labels lie in 0 … 8, got 0 … 9", lambda: paint_labels(torch.tensor([[[9, 0]]]))),
        ("not finite", lambda: read_labels(torch.full((1, 3, 2, 2), float("nan")))),
    ],
)
def test_what_cannot_be_painted_or_read_is_refused(message: str, call) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_an_empty_label_map_is_an_empty_image() -> None:
    assert paint_labels(torch.zeros(0, 4, 4, dtype=torch.long)).shape == (0, 3, 4, 4)
