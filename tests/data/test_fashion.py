"""Edges to shoes and bags: a drawing belongs to its photograph, at every size."""

import os

import pytest
import torch
from torch.nn.functional import max_pool2d

from udtlib.data.edges import INK, PAPER, edges_of
from udtlib.data.fashion import KINDS, draw_photos, edges_to_fashion, load_fashion
from udtlib.data.files import VARIABLE
from udtlib.data.paired import PairedSamples


@pytest.fixture(scope="module")
def pair() -> PairedSamples:
    return edges_to_fashion()


def test_the_photographs_are_those_of_the_domain(pair: PairedSamples) -> None:
    photos = load_fashion(size=32)
    assert torch.equal(pair.train.y, photos.train)
    assert torch.equal(pair.test.y, photos.test)
    for part, label in ((pair.train, photos.train_label), (pair.test, photos.test_label)):
        assert torch.equal(part.x_label, label)
        assert torch.equal(part.y_label, label)


def test_drawings_are_sparse_lines_of_ink_on_paper(pair: PairedSamples) -> None:
    for part in (pair.train, pair.test):
        assert part.x.shape == part.y.shape == (len(part.y), 1, 32, 32)
        assert part.x.dtype == torch.float32
        assert part.x.unique().tolist() == [INK, PAPER]
        amount = (part.x == INK).flatten(1).float().mean(1)
        # No drawing is empty, none is a scribble; a typical one is a tenth of the sheet.
        assert amount.min() > 0.01
        assert amount.max() < 0.35
        assert 0.07 < amount.mean() < 0.15


def test_lines_are_one_pixel_wide(pair: PairedSamples) -> None:
    """Hardly any two by two pixels are all ink; thresholding alone would fill many."""
    ink = pair.test.x == INK
    blocks = ink[..., 1:, 1:] & ink[..., :-1, 1:] & ink[..., 1:, :-1] & ink[..., :-1, :-1]
    assert blocks.sum() < 0.02 * ink.sum()
    slope = (pair.test.y[..., 1:] - pair.test.y[..., :-1]).abs() > 0.25
    assert (slope[..., 1:, :] & slope[..., :-1, :]).sum() > 0.2 * slope.sum()


def test_every_drawing_is_of_its_own_photograph(pair: PairedSamples) -> None:
    """Bright things are inside their outline: ink touches the thing, and rarely touches another one's."""
    thing = max_pool2d(pair.test.y, 3, stride=1, padding=1) > -0.5
    ink = pair.test.x == INK
    assert (ink & thing).sum() > 0.99 * ink.sum()
    assert (ink & thing.roll(1, 0)).sum() < 0.9 * ink.sum()
    order = torch.randperm(20, generator=torch.Generator().manual_seed(0))
    assert torch.equal(draw_photos(pair.test.y[order]), pair.test.x[order])


def test_batches_correspond(pair: PairedSamples) -> None:
    batch = pair.batch(3, size=5, seed=1, split="test")
    assert pair.paired
    assert torch.equal(draw_photos(batch.y), batch.x)
    assert torch.equal(batch.x_label, batch.y_label)


def test_a_thing_that_fills_the_sheet_has_an_outline() -> None:
    outline = draw_photos(torch.ones(1, 1, 28, 28))[0, 0] == INK
    assert outline[2:-2, 0].all()
    assert outline[0, 2:-2].all()
    assert outline[1:-1, 1:-1].sum() <= 4
    assert (edges_of(torch.ones(1, 1, 28, 28)) == PAPER).all()


def test_the_frame_of_32_pixels_adds_no_lines() -> None:
    small, framed = (draw_photos(load_fashion(size=size).test[:200]) for size in (28, 32))
    differing = (small != framed[..., 2:-2, 2:-2]).float().mean()
    assert differing < 1e-3


def test_a_larger_drawing_shows_the_same_lines() -> None:
    """At four times the size slopes are gentler: the same thresholds would lose a tenth of the lines."""
    small, large = (
        (draw_photos(load_fashion(kinds=("bags",), size=size).test[:60]) == INK).float() for size in (28, 112)
    )
    # A line covers one pixel in 28 × 28 and four in 112 × 112, a quarter of the share.
    assert 4 * large.mean() / small.mean() == pytest.approx(1, abs=0.2)
    near = max_pool2d(small, 3, stride=1, padding=1).repeat_interleave(4, -1).repeat_interleave(4, -2)
    assert (large * near).sum() > 0.94 * large.sum()
    found = max_pool2d(max_pool2d(large, 4), 3, stride=1, padding=1)
    assert (small * found).sum() > 0.96 * small.sum()


@pytest.mark.parametrize("kind", list(KINDS))
def test_one_kind_alone(kind: str) -> None:
    pair = edges_to_fashion(kinds=(kind,), size=28)
    assert set(pair.test.y_label.tolist()) == set(KINDS[kind])
    assert (len(pair.train.x), len(pair.test.x)) == (2000, 500)
    assert pair.test.x.shape[1:] == (1, 28, 28)


def test_what_the_photographs_refuse_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one or more of shoes, bags"):
        edges_to_fashion(kinds=("hats",))
    with pytest.raises(ValueError, match="expected 'embedded' or 'official'"):
        edges_to_fashion(source="web")
    with pytest.raises(ValueError, match="got size=0"):
        edges_to_fashion(size=0)


@pytest.mark.slow
@pytest.mark.skipif(VARIABLE not in os.environ, reason=f"needs the official files in {VARIABLE}")
def test_the_official_photographs() -> None:
    pair = edges_to_fashion(source="official", size=28)
    assert (len(pair.train.x), len(pair.test.x)) == (24_000, 4_000)
