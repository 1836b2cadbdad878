"""Scores of translations without pairs, by tasks whose answers are known to the person who measures."""

from __future__ import annotations

import torch
from torch import Tensor

from udtlib.data.faces.attributes import AttributePair
from udtlib.data.pair import DomainPair
from udtlib.data.street_digits import StreetPair
from udtlib.evaluate.distances import sliced_wasserstein
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.instruments.faces.reader import TRAITS, FaceReader, load_face_reader
from udtlib.recipes.faces import readable
from udtlib.translators.base import InvertibleTranslator

#: Test samples that are scored.
SAMPLES = 400


@torch.no_grad()
def round_trip(T: InvertibleTranslator, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """T(x), S(T(x)) and S(y), on the CPU, in pieces that fit anywhere."""
    device = next(T.parameters()).device
    there = torch.cat([T(part.to(device)).cpu() for part in x.split(100)])
    again, back = (
        torch.cat([T.inverse(part.to(device)).cpu() for part in images.split(100)]) for images in (there, y)
    )
    return there, again, back


def common_scores(x: Tensor, y: Tensor, there: Tensor, again: Tensor) -> dict[str, float]:
    """Fit, cycle and effort, which need no truth."""
    generator = torch.Generator().manual_seed(0)
    scores = {"fit: sliced W₂ of T#α to β": sliced_wasserstein(there, y, generator=generator)}
    scores["cycle: mean |S(T(x)) − x|"] = (again - x).abs().mean().item()
    if x.shape == there.shape:
        scores["effort: mean |T(x) − x|"] = (there - x).abs().mean().item()
    return scores


@torch.no_grad()
def negative_scores(T: InvertibleTranslator, pair: DomainPair) -> dict[str, float]:
    """Do negatives keep their class, both ways?"""
    batch, read = pair.batch(0, size=SAMPLES, seed=0, split="test"), load_digit_classifier()
    there, again, back = round_trip(T, batch.x, batch.y)
    kept = (read(-there).argmax(1) == batch.x_label, read(back).argmax(1) == batch.y_label)
    return {
        "alignment: class kept by T": kept[0].float().mean().item(),
        "alignment: class kept by S": kept[1].float().mean().item(),
        "alignment: mean |T(x) − (−x)|": (there + batch.x).abs().mean().item(),
        **common_scores(batch.x, batch.y, there, again),
    }


@torch.no_grad()
def street_scores(T: InvertibleTranslator, pair: DomainPair) -> dict[str, float]:
    """Is the digit of a street number still the same digit?"""
    assert isinstance(pair, StreetPair), "scored by the plain digits beneath"
    batch, read = pair.batch(0, size=SAMPLES, seed=0, split="test"), load_digit_classifier()
    there, again, _ = round_trip(T, batch.x, batch.y)
    right = pair.answers(batch)
    said = read(there.mean(1, keepdim=True)).argmax(1)
    return {
        "alignment: class kept by T": (said == batch.x_label).float().mean().item(),
        "alignment: mean |T(x) − right y|": (there - right).abs().mean().item(),
        **common_scores(batch.x, batch.y, there, again),
    }


@torch.no_grad()
def attribute_scores(
    T: InvertibleTranslator, pair: DomainPair, *, changed: tuple[str, ...]
) -> dict[str, float]:
    """Are the changed traits like the answer's, and the others still like the source's?

    Both are mean absolute errors of what the reader reads, whose traits have ranges of about one.
    """
    assert isinstance(pair, AttributePair), "scored by the same people with the other value"
    batch, reader = pair.batch(0, size=SAMPLES, seed=0, split="test"), load_face_reader()
    there, again, back = round_trip(T, batch.x, batch.y)
    right = pair.answers(batch)
    read_x, read_there, read_right, read_back = (traits(reader, v) for v in (batch.x, there, right, back))
    columns = [TRAITS.index(name) for name in changed]
    others = [k for k in range(len(TRAITS)) if k not in columns]
    scores = {
        "alignment: error of the changed traits": (read_there - read_right)[:, columns].abs().mean().item(),
        "alignment: error of all other traits": (read_there - read_right)[:, others].abs().mean().item(),
        "alignment: the same of x itself": (read_x - read_right)[:, columns].abs().mean().item(),
    }
    if changed == ("glasses",):
        wears = [(read[:, columns[0]] > 0.5).float().mean().item() for read in (read_there, read_back)]
        scores |= {"alignment: T(x) wears glasses": wears[0], "alignment: S(y) wears glasses": wears[1]}
    return scores | common_scores(batch.x, batch.y, there, again)


def traits(reader: FaceReader, faces: Tensor) -> Tensor:
    """What the reader reads of faces of any size."""
    return torch.cat([reader(part).trait for part in readable(faces).split(100)])


def glasses_scores(T: InvertibleTranslator, pair: DomainPair) -> dict[str, float]:
    """Are the glasses off, and everything else as it was?"""
    return attribute_scores(T, pair, changed=("glasses",))


def hair_scores(T: InvertibleTranslator, pair: DomainPair) -> dict[str, float]:
    """Is the hair black, and everything else as it was?"""
    return attribute_scores(T, pair, changed=("hair_r", "hair_g", "hair_b"))
