"""Drawing cartoon faces: what depends on what, at every size."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.data.faces import draw
from udtlib.data.faces.draw import LABELS, draw_faces, edge_drawing
from udtlib.data.faces.factors import HAIR_KINDS, FaceFactors, change, repaint, sample_factors, sample_traits

BACKGROUND, SKIN, HAIR, BROWS, EYES, MOUTH, GLASSES, BEARD, CLOTHES = range(len(LABELS))

#: The share of pixels that may change outside the labelled regions: what covers less than half of a pixel.
LEAKS = 5e-4
DEVICES = (
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")),
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def people(count: int = 24, *, seed: int = 0) -> FaceFactors:
    return sample_factors(count, generator=generator(seed))


def grown(mask: torch.Tensor, pixels: int) -> torch.Tensor:
    """A mask and all that is within some pixels of it."""
    return F.max_pool2d(mask.float()[:, None], 2 * pixels + 1, 1, pixels)[:, 0] > 0


def changed(a: FaceFactors, b: FaceFactors, *, size: int = 64) -> torch.Tensor:
    """Where the photos differ visibly."""
    return (draw_faces(a, size=size).image - draw_faces(b, size=size).image).abs().amax(1) > 1e-5


@pytest.mark.parametrize("device", DEVICES)
def test_a_drawing_is_a_function_of_its_factors(device: str) -> None:
    factors = people(6).to(device)
    first, second = draw_faces(factors, size=32), draw_faces(factors, size=32)
    assert torch.equal(first.image, second.image)
    assert torch.equal(first.label, second.label)
    on_cpu = draw_faces(people(6), size=32)
    assert torch.allclose(first.image.cpu(), on_cpu.image, atol=1e-4)
    assert (first.label.cpu() != on_cpu.label).float().mean() < 1e-3


def test_everything_is_drawn_on_the_factors_device() -> None:
    """The meta device holds no numbers, so a plane made elsewhere would not mix with the others."""
    factors = people(2).to("meta")
    image, label = torch.empty(2, 3, 16, 16, device="meta"), torch.empty(2, 16, 16, device="meta").char()
    draw.draw_some(factors, image, label, torch.empty(2, 16, 16, device="meta"))
    assert repaint(factors, generator=generator()).texture.device.type == "meta"
    traits = sample_traits(factors.sex, generator=generator(), correlation=0.5)
    assert {trait.device.type for trait in traits.values()} == {"meta"}


@pytest.mark.parametrize("size", [16, 17, 28, 32, 64, 100, 128])
def test_every_size_gives_images_in_range(size: int) -> None:
    image, label = draw_faces(people(8), size=size)
    assert image.shape == (8, 3, size, size)
    assert label.shape == (8, size, size)
    assert label.dtype == torch.int64
    assert image.isfinite().all()
    assert image.abs().max() <= 1
    assert set(label.unique().tolist()) <= set(range(len(LABELS)))
    edges = edge_drawing(people(8), size=size)
    assert edges.shape == (8, 1, size, size)
    assert edges.abs().max() <= 1


@examples(5)
@given(seed=st.integers(0, 2**31), size=st.sampled_from([16, 24, 32]))
def test_no_face_leaves_the_range(seed: int, size: int) -> None:
    image = draw_faces(people(16, seed=seed), size=size).image
    assert image.isfinite().all()
    assert image.abs().max() <= 1


@pytest.mark.parametrize("size", [32, 64])
def test_every_label_appears_where_its_factor_says(size: int) -> None:
    factors = people(200)
    label = draw_faces(factors, size=size).label
    counts = torch.stack([(label == k).flatten(1).sum(1) for k in range(len(LABELS))], 1)
    # Fringes may hide brows and turned heads an eye, but no face lacks the others.
    assert (counts[:, [BACKGROUND, SKIN, HAIR, CLOTHES]] > 0.02 * size**2).all()
    assert (counts[:, [EYES, MOUTH]] > 0).all()
    assert (counts[:, BROWS] > 0).float().mean() > 0.95
    assert torch.equal(counts[:, GLASSES] > 0, factors.glasses)
    assert torch.equal(counts[:, BEARD] > 0, factors.beard >= 0.45)


@examples(4)
@given(seed=st.integers(0, 2**31), size=st.sampled_from([16, 32, 48]))
def test_repainting_keeps_label_maps_and_edges_and_changes_the_photo(seed: int, size: int) -> None:
    factors = people(12, seed=seed)
    other = repaint(factors, generator=generator(seed + 1))
    before, after = draw_faces(factors, size=size), draw_faces(other, size=size)
    assert torch.equal(before.label, after.label)
    assert torch.equal(edge_drawing(factors, size=size), edge_drawing(other, size=size))
    assert ((before.image - after.image).abs().mean((1, 2, 3)) > 0.05).all()


def test_appearance_is_ambiguous_enough_to_wash_out() -> None:
    """The mean photo of a label map, which the L1 and L2 losses seek, has lost the texture of the photos."""
    one = people(1)
    many = one[torch.zeros(128, dtype=torch.long)]
    photos, label = draw_faces(repaint(many, generator=generator(2)), size=32)
    for region in (BACKGROUND, HAIR, CLOTHES):
        mask = label[0] == region
        steps = photos.diff(dim=3)[:, :, mask[:, 1:] & mask[:, :-1]]
        assert steps.mean(0).abs().mean() < 0.45 * steps.abs().mean()
        assert steps.abs().mean() > 0.06
        assert photos[:, :, mask].std(0).mean() > 0.25


def test_sex_itself_is_not_drawn() -> None:
    factors = people(8)
    assert not changed(factors, replace(factors, sex=1 - factors.sex)).any()


def test_glasses_change_only_pixels_within_them() -> None:
    factors = people(64)
    without, with_ = change(factors, glasses=False), change(factors, glasses=True)
    worn = draw_faces(with_, size=64).label == GLASSES
    touched = changed(without, with_)
    assert touched.flatten(1).any(1).all()
    for rims, change_ in zip(worn, touched, strict=True):
        rows, columns = rims.any(1).nonzero(), rims.any(0).nonzero()
        frame = torch.zeros_like(rims)
        frame[rows.min() - 2 : rows.max() + 3, max(columns.min() - 2, 0) : columns.max() + 3] = True
        assert not (change_ & ~frame).any()


def test_without_glasses_nothing_of_them_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    factors = change(people(8), glasses=False)
    drawn = draw_faces(factors, size=32)
    monkeypatch.setattr(draw, "draw_glasses", lambda canvas, factors, layout: None)
    assert torch.equal(drawn.image, draw_faces(factors, size=32).image)


@pytest.mark.parametrize("size", [16, 32])
def test_rims_are_closed_lines_in_small_label_maps(size: int) -> None:
    """No stroke is thinner than a pixel, so that hardly a pixel of a rim is missing."""
    label = draw_faces(change(people(64), glasses=True), size=size).label
    assert (label == GLASSES).flatten(1).sum(1).min() > 0.6 * size


def test_the_colour_of_hair_changes_hair_brows_and_beard_only() -> None:
    factors = people(64)
    label = draw_faces(factors, size=64).label
    hairy = grown((label == HAIR) | (label == BROWS) | (label == BEARD), 2)
    touched = changed(factors, change(factors, hair_kind=HAIR_KINDS.index("dyed")))
    # A lock thinner than half a pixel leaves no label; such pixels are rare.
    assert (touched & ~hairy & ~grown(label == GLASSES, 4)).float().mean() < LEAKS
    redyed = factors.hair_kind != HAIR_KINDS.index("dyed")
    assert touched[redyed].flatten(1).any(1).all()


def test_the_colour_of_clothes_changes_clothes_only() -> None:
    factors = people(32)
    label = draw_faces(factors, size=64).label
    touched = changed(factors, replace(factors, clothes=1 - factors.clothes))
    assert (touched & ~grown(label == CLOTHES, 2)).float().mean() < LEAKS
    assert touched.flatten(1).any(1).all()


def test_the_wall_changes_only_what_lies_around_the_person() -> None:
    factors = people(32)
    label = draw_faces(factors, size=64).label
    touched = changed(factors, replace(factors, background=1 - factors.background))
    assert (touched & ~grown(label == BACKGROUND, 2)).float().mean() < LEAKS


def test_expression_stays_around_the_mouth_and_the_brows() -> None:
    """An open mouth lifts the brows and opens the lips; the eyes, the hair and the clothes stay."""
    factors = replace(people(32), mouth_open=torch.zeros(32))
    touched = changed(factors, replace(factors, mouth_open=torch.ones(32)))
    label = draw_faces(factors, size=64).label
    assert (touched & ((label == CLOTHES) | (label == BACKGROUND))).float().mean() < LEAKS
    assert (touched & (label == MOUTH)).flatten(1).any(1).all()


def test_yaw_moves_the_eyes_sideways() -> None:
    factors = replace(people(16), tilt=torch.zeros(16))
    columns = torch.arange(64.0)
    places = []
    for yaw in (-1, 0, 1):
        eyes = draw_faces(change(factors, yaw=yaw), size=64).label == EYES
        places.append((eyes * columns).sum((1, 2)) / eyes.sum((1, 2)))
    assert (places[0] + 2 < places[1]).all()
    assert (places[1] + 2 < places[2]).all()


def test_hair_grows_and_beards_fill() -> None:
    factors = people(16)
    areas = []
    for length in (0.0, 0.5, 1.0):
        label = draw_faces(replace(factors, hair_length=torch.full((16,), length)), size=64).label
        areas.append((label == HAIR).sum((1, 2)))
    assert (areas[0] < areas[1]).all()
    assert (areas[1] < areas[2]).all()
    none, full = (draw_faces(replace(factors, beard=torch.full((16,), b)), size=64).label for b in (0.4, 1.0))
    assert not (none == BEARD).any()
    assert ((full == BEARD).sum((1, 2)) > 100).all()


def test_a_small_drawing_is_nearly_a_large_one_made_smaller() -> None:
    """What antialiasing promises; strokes may differ, because none is thinner than a pixel."""
    factors = people(32)
    small = draw_faces(factors, size=32).image
    large = F.avg_pool2d(draw_faces(factors, size=128).image, 4)
    assert (small - large).abs().mean() < 0.05
    edge_free = draw_faces(factors, size=128).label == BACKGROUND
    assert edge_free.float().mean() > 0.2


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    factors = people(7)
    whole = draw_faces(factors, size=24)
    monkeypatch.setattr(draw, "CPU_PIXELS", 2 * 24**2)
    parts = draw_faces(factors, size=24)
    assert torch.allclose(whole.image, parts.image, atol=1e-4)
    assert (whole.label != parts.label).float().mean() < 1e-3
    one = draw_faces(factors[[4]], size=24)
    assert torch.allclose(whole.image[4:5], one.image, atol=1e-4)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("at least 16 × 16 pixels, got size=15", lambda: draw_faces(people(1), size=15)),
        ("at least 16 × 16 pixels, got size=0", lambda: edge_drawing(people(1), size=0)),
        ("no face to draw", lambda: draw_faces(people(2)[:0], size=32)),
        (
            "hair_style lies in",
            lambda: draw_faces(replace(people(1), hair_style=torch.tensor([99])), size=32),
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(message: str, call) -> None:
    with pytest.raises(ValueError, match=message):
        call()
