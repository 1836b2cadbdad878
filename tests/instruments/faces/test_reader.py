"""The bundled reader of faces: what it reads, how well, and the distance between what it sees."""

import hashlib
from pathlib import Path

import pytest
import torch

from udtlib.data.faces.pairs import labels_to_faces
from udtlib.instruments import bundled
from udtlib.instruments.faces.reader import (
    CLASSES,
    TRAITS,
    FaceReader,
    face_reader_record,
    load_face_reader,
    perceptual_distance,
    readable,
)

WEIGHTS = Path(bundled.__file__).parent / "weights" / "face_reader.safetensors"


@pytest.fixture(scope="module")
def reader() -> FaceReader:
    return load_face_reader()


@pytest.fixture(scope="module", params=[32, 64])
def pair(request):
    return labels_to_faces(count=2, test=60, size=request.param, seed=7)


@torch.no_grad()
def test_it_reads_faces_of_both_sizes_as_well_as_its_record_says(reader, pair):
    said = reader(pair.samples.test.y).label.argmax(1)
    recorded = face_reader_record()[f"at {said.shape[-1]} pixels"]["pixel accuracy"]
    assert (said == pair.labels("test")).float().mean().item() == pytest.approx(recorded, abs=0.01)


@torch.no_grad()
def test_it_tells_who_wears_glasses(reader, pair):
    glasses = reader(pair.samples.test.y).trait[:, TRAITS.index("glasses")] > 0.5
    assert (glasses == pair.factors("test").glasses).float().mean() > 0.9


def test_the_weights_are_those_of_the_record_and_small():
    content = WEIGHTS.read_bytes()
    assert hashlib.sha256(content).hexdigest() == face_reader_record()["sha256"]
    assert len(content) < 500_000


def test_it_is_frozen_and_passes_gradients_on(reader):
    assert not reader.training
    assert not any(p.requires_grad for p in reader.parameters())
    y = torch.zeros(1, 3, 32, 32, requires_grad=True)
    reader(y).label.sum().backward()
    assert y.grad.abs().sum() > 0


def test_shapes_and_sizes(reader):
    reading = reader(torch.zeros(2, 3, 16, 24))
    assert reading.label.shape == (2, CLASSES, 16, 24)
    assert reading.trait.shape == (2, len(TRAITS))
    assert reader.features(torch.zeros(2, 3, 32, 32)).shape == (2, 2 * (16 + 32 + 64 + 64))
    with pytest.raises(ValueError, match=r"30 × 30 pixels, use sides divisible by 8"):
        reader(torch.zeros(1, 3, 30, 30))


@torch.no_grad()
def test_the_perceptual_distance_is_zero_for_equal_images_and_symmetric(reader, pair):
    a, b = pair.samples.test.y[:6], pair.samples.test.y[6:12]
    assert perceptual_distance(reader, a, a).abs().max() < 1e-6
    torch.testing.assert_close(perceptual_distance(reader, a, b), perceptual_distance(reader, b, a))


@torch.no_grad()
def test_a_face_is_nearer_to_itself_in_slight_noise_than_to_another(reader, pair):
    a = pair.samples.test.y[:20]
    noisy = (a + 0.02 * torch.randn(a.shape, generator=torch.Generator().manual_seed(0))).clamp(-1, 1)
    assert (perceptual_distance(reader, a, noisy) < perceptual_distance(reader, a, a.roll(1, 0))).all()


@torch.no_grad()
def test_it_sees_another_coat_of_paint(reader, pair):
    """Equal label maps in other colours are different to look at: the distance measures diversity."""
    truth = pair.variants([0, 1, 2], count=2, seed=0)
    assert perceptual_distance(reader, truth[:, 0], truth[:, 1]).min() > 0.05


def test_large_faces_are_shrunk_to_what_the_reader_knows():
    assert readable(torch.zeros(1, 3, 256, 256)).shape[-1] == 64
    assert readable(torch.zeros(1, 3, 32, 32)).shape[-1] == 32
