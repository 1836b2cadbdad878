"""The laws that every pair obeys: add one line to CASES for a new one."""

import importlib
import pkgutil
import tempfile
from collections.abc import Callable
from inspect import isabstract
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import udtlib
from tests.data.phrases import made_up_phrases
from tests.properties import examples
from udtlib.data.calligraphy import CalligraphyPair
from udtlib.data.digit_pairs import thin_to_thick, two_digits
from udtlib.data.digit_swap import digit_swap
from udtlib.data.emoji import EmojiPair
from udtlib.data.emoji_hands import HandsPair
from udtlib.data.faces.pairs import (
    edges_to_faces,
    glasses_pair,
    hair_pair,
    labels_to_faces,
    pose_pair,
    sex_pair,
)
from udtlib.data.fashion import edges_to_fashion
from udtlib.data.greys import colours_to_greys
from udtlib.data.latents import encoded_pair
from udtlib.data.optimal_maps import convex_pair, places_pair, random_gaussian_pair
from udtlib.data.pair import DomainPair
from udtlib.data.product import replicated_pair
from udtlib.data.stored_images import StoredImagePairs, StoredImages
from udtlib.data.street_digits import negative_digits, street_to_digits
from udtlib.data.timbre import TimbrePair
from udtlib.data.toy2d import gaussian_pair, noise_to_ring, translated_mixture, translated_rotated_mixture
from udtlib.experiments.coded_pairs import CodedPair
from udtlib.experiments.dont_faces import CodedFaces
from udtlib.instruments.faces.training import FacesToRead
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.train.randomness import random_run
from udtlib.translators.latent_space import LatentSpace
from udtlib.types import Batch

#: Where the pairs are that anybody may use.
ROOMS = ("udtlib.data.", "udtlib.instruments.")
FACES = {"count": 6, "test": 5, "size": 16}


def stored(seed: int) -> StoredImages:
    generator = torch.Generator().manual_seed(seed)
    train, test = (torch.randint(256, (n, 1, 4, 4), generator=generator).byte() for n in (6, 4))
    return StoredImages(train, test, mirror=True)


def coded() -> CodedPair:
    images = negative_digits(size=16)
    with random_run(0):
        autoencoder = vector_autoencoder(1, size=16, width=4, depth=2, code=8)
    space = LatentSpace(autoencoder, images.source.train[:64])
    return CodedPair(images, space, encoded_pair(images, space.encode))


class Case(NamedTuple):
    name: str
    make: Callable[[], DomainPair]
    known: bool = True


CASES = [
    Case("gaussians", gaussian_pair),
    Case("translated", translated_mixture),
    Case("translated and rotated", translated_rotated_mixture),
    Case("noise to ring", noise_to_ring, known=False),
    Case("random gaussians", lambda: random_gaussian_pair(3, seed=0)),
    Case("convex gradient", lambda: convex_pair(3, seed=0)),
    Case("places", lambda: places_pair(3, seed=0)),
    Case("replicated", lambda: replicated_pair(gaussian_pair(), runs=2)),
    Case("replicated samples", lambda: replicated_pair(negative_digits(size=8), runs=2)),
    Case("colours to greys", lambda: colours_to_greys(count=2, test=2, size=16)),
    Case("two digits", lambda: two_digits(size=8), known=False),
    Case("thin to thick", lambda: thin_to_thick(size=8), known=False),
    Case("digit swap", lambda: digit_swap(size=16)),
    Case("negatives", lambda: negative_digits(size=8)),
    Case("codes", lambda: encoded_pair(negative_digits(size=8), lambda x: x.flatten(1)[:, :3]), known=False),
    Case("street digits", lambda: street_to_digits(size=16, count=5, test=4)),
    Case("street digits, grey", lambda: street_to_digits(size=16, count=5, test=4, channels=1)),
    Case("glasses", lambda: glasses_pair(**FACES)),
    Case("hair", lambda: hair_pair(**FACES)),
    Case("pose", lambda: pose_pair(**FACES)),
    Case("sex", lambda: sex_pair(**FACES)),
    Case("labels to faces", lambda: labels_to_faces(**FACES)),
    Case("edges to faces", lambda: edges_to_faces(**FACES)),
    Case("emoji", lambda: EmojiPair("noto", "twemoji", size=16)),
    Case("emoji, paired", lambda: EmojiPair("fluent-line", "fluent-3d", size=16, paired=True)),
    Case("emoji, any hand", lambda: HandsPair(size=16)),
    Case("calligraphy", lambda: CalligraphyPair("brush", "running", size=16)),
    Case("calligraphy, paired", lambda: CalligraphyPair(size=16, paired=True)),
    Case("phrases", lambda: TimbrePair(folder=made_up_phrases(Path(tempfile.mkdtemp())))),
    Case("edges to fashion", lambda: edges_to_fashion(kinds=("bags",))),
    Case("stored images", lambda: StoredImagePairs(stored(0), stored(1))),
    Case("faces to read", FacesToRead),
    Case("emoji", lambda: EmojiPair(size=16)),
    Case("emoji, line art", lambda: EmojiPair("noto", "fluent-line", size=16)),
    Case("emoji, paired", lambda: EmojiPair(size=16, paired=True)),
    Case("coded digits", coded, known=False),
    Case("coded faces", lambda: CodedFaces(coded(), glasses_pair(**FACES)), known=False),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def made(request) -> tuple[DomainPair, bool]:
    return request.param.make(), request.param.known


def chosen(batch: Batch, rows: list[int]) -> Batch:
    return Batch(*(None if t is None else t[rows] for t in batch))


@pytest.mark.parametrize("split", ["train", "test"])
def test_answers_have_the_shape_of_y_or_are_none(made, split):
    pair, known = made
    batch = pair.batch(1, size=3, seed=2, split=split)
    answers = pair.answers(batch)
    assert (answers is not None) == known
    if known:
        assert answers.shape == batch.y.shape
        assert answers.device == batch.y.device
        assert bool(answers.isfinite().all())


@examples(5)
@given(index=st.integers(0, 10**6), seed=st.integers(0, 2**31), split=st.sampled_from(["train", "test"]))
def test_answers_are_a_pure_function_of_the_batch(made, index, seed, split):
    """Whatever was drawn in between, and whatever the global random state is; nothing given is changed."""
    pair, known = made
    batch = pair.batch(index, size=4, seed=seed, split=split)
    copy = Batch(*(None if t is None else t.clone() for t in batch))
    state = torch.get_rng_state()
    first = pair.answers(batch)
    assert torch.equal(state, torch.get_rng_state())
    assert all((a is None and b is None) or torch.equal(a, b) for a, b in zip(batch, copy, strict=True))
    pair.answers(pair.batch(index + 1, size=2, seed=seed + 1))
    torch.rand(1)
    again = pair.answers(copy)
    assert (first is None and again is None) or torch.equal(first, again)
    if known:
        # A part of the batch has that part of the answers: no sample's answer depends on another's.
        torch.testing.assert_close(pair.answers(chosen(batch, [2, 0])), first[[2, 0]], rtol=1e-4, atol=1e-4)


def test_paired_data_answer_with_the_partner(made):
    pair, known = made
    batch = pair.batch(0, size=3, seed=0, split="test")
    if pair.paired:
        assert known
        assert torch.equal(pair.answers(batch), batch.y)
    elif known:
        assert not torch.equal(pair.answers(batch), batch.y)


def test_a_moved_pair_answers_the_same(made):
    pair, known = made
    batch = pair.batch(0, size=2, seed=0)
    if known:
        assert torch.equal(pair.to("cpu").answers(batch.to("cpu")), pair.answers(batch))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_answers_are_on_the_pairs_device(made):
    pair, known = made
    moved = pair.to("cuda")
    batch = moved.batch(0, size=2, seed=0)
    assert {t.device.type for t in batch if t is not None} == {"cuda"}
    if known:
        assert moved.answers(batch).device.type == "cuda"
        # Drawn faces differ by rounding between devices.
        torch.testing.assert_close(
            moved.answers(batch).cpu(), pair.answers(batch.to("cpu")), rtol=1e-3, atol=1e-3
        )


def test_every_class_of_pairs_is_here():
    """Those of the library; an experiment's own pair wraps one of them, and is tested with the experiment."""
    for module in pkgutil.walk_packages(udtlib.__path__, "udtlib."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    here = {type(case.make()) for case in CASES}
    concrete = {c for c in subclasses(DomainPair) if c.__module__.startswith(ROOMS) and not isabstract(c)}
    assert concrete - here == set(), "add a case for each of these"


def subclasses(parent: type) -> set[type]:
    return {child for c in parent.__subclasses__() for child in (c, *subclasses(c))}
