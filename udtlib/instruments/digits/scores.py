"""Translations between digits: is it still the same digit, in the same hand, and is it the right picture?"""

from __future__ import annotations

from torch import Tensor

from udtlib.data.digit_pairs import ink_of, slant_of
from udtlib.data.pair import DomainPair
from udtlib.evaluate.preservation import correlation_of_kept
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import (
    Reference,
    common_scores,
    in_parts,
    mean_difference,
    right_answers,
    translations,
)
from udtlib.instruments.digits.classifier import DigitClassifier, load_digit_classifier
from udtlib.translators.base import Translator
from udtlib.types import Float, Int, Labels

__all__ = ["digits_read", "hand_kept", "negative_scores", "share_of_class", "street_scores", "sure_digits"]

#: Test samples that are scored.
SAMPLES = 400

Images = Float[Tensor, "n channels height width"]


def digits_read(images: Images, *, classifier: DigitClassifier) -> Int[Tensor, "n"]:
    """The digit that the classifier sees in each image, whose channels are averaged: white on black."""
    return in_parts(classifier, images.mean(1, keepdim=True), size=500).argmax(1)


def share_of_class(images: Images, label: Labels, *, classifier: DigitClassifier) -> float:
    """The share of images that show the digit of their label."""
    read = digits_read(images, classifier=classifier)
    return (read == label.to(read.device)).double().mean().item()


def sure_digits(
    images: Float[Tensor, "n 1 height width"], *, classifier: DigitClassifier, sure: float
) -> float:
    """The share of images that are white digits on black, which the classifier names with probability ``sure``."""
    probability = in_parts(classifier, images.clamp(-1, 1), size=500).softmax(1).amax(1)
    return ((probability >= sure) & (images.flatten(1).mean(1) < 0)).double().mean().item()


def negative_scores(translator: Translator | Reference, pair: DomainPair, *, size: int = SAMPLES) -> Scores:
    """Digits to their negatives: do they keep their class, both ways, and is every pixel inverted?"""
    made, classifier = translations(translator, pair, size=size), load_digit_classifier()
    batch, there, _, back = made
    kept = {"class kept by T": share_of_class(-there, batch.x_label, classifier=classifier)}
    if back is not None:
        kept["class kept by S"] = share_of_class(back, batch.y_label, classifier=classifier)
    kept["mean |T(x) − (−x)|"] = mean_difference(there, -batch.x)
    return Scores(alignment=kept) | common_scores(made)


def street_scores(translator: Translator | Reference, pair: DomainPair, *, size: int = SAMPLES) -> Scores:
    """Street digits to plain ones: is it still the same digit, and is it the one beneath the street?"""
    made, classifier = translations(translator, pair, size=size), load_digit_classifier()
    batch, there, _, _ = made
    kept = {
        "class kept by T": share_of_class(there, batch.x_label, classifier=classifier),
        "mean |T(x) − right y|": mean_difference(there, right_answers(pair, batch)),
    }
    return Scores(alignment=kept) | common_scores(made)


def hand_kept(x: Float[Tensor, "n 1 height width"], made: Float[Tensor, "n 1 height width"]) -> Scores:
    """Whether thick digits stay thick and slanted ones slanted."""
    return Scores(
        alignment={
            "ink kept, correlation": correlation_of_kept(ink_of(x), ink_of(made)),
            "slant kept, correlation": correlation_of_kept(slant_of(x), slant_of(made)),
        }
    )
