r"""Phrases from one instrument to another: does it sound like the other one, and does it play the same notes?

The listener is linear discriminant analysis of how loud each band is on average and how much that varies: the
long-time spectrum that makes a timbre, without the melody. It has heard the training phrases of six instruments.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from udtlib.data.timbre import DECIBELS, INSTRUMENTS, TimbrePair, phrases_of, spectrograms
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.evaluate.pairings import nearest_is_partner
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, mean_difference, translate, translate_back
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.types import Float

__all__ = ["Listener", "loudness", "taken_for", "timbre_scores", "train_listener"]

Phrases = Float[Tensor, "n 1 bands moments"]
#: Variance of a feature that is added to what the phrases show, so that rare bands do not decide.
RIDGE = 1e-3
#: Decibels for a step of one in the values.
DECIBELS_A_UNIT = (DECIBELS[1] - DECIBELS[0]) / 2


def loudness(phrases: Phrases) -> Float[Tensor, "n features"]:
    """For each band the mean and the deviation over time."""
    return torch.cat([phrases.mean(3), phrases.std(3)], dim=2).flatten(1)


class Listener(NamedTuple):
    r"""Linear discriminants: instrument :math:`k` gets the score :math:`\langle w_k, f \rangle + b_k`."""

    weight: Float[Tensor, "instruments features"]
    bias: Float[Tensor, "instruments"]

    def __call__(self, phrases: Phrases) -> Float[Tensor, "n instruments"]:
        return loudness(phrases).double() @ self.weight.T + self.bias


@cache
def train_listener(folder: Path) -> Listener:
    r"""Fisher's discriminants from all training phrases of all instruments.

    .. math:: w_k = \Sigma^{-1} \mu_k, \qquad b_k = -\tfrac12 \langle \mu_k, \Sigma^{-1} \mu_k \rangle

    with the means :math:`\mu_k` of the instruments and the covariance :math:`\Sigma` within them.
    """
    heard = phrases_of(folder, "train")
    features = [
        loudness(spectrograms(folder, name)[heard].float() * (2 / 255) - 1).double() for name in INSTRUMENTS
    ]
    means = torch.stack([each.mean(0) for each in features])
    within = torch.cat([each - mean for each, mean in zip(features, means, strict=True)])
    covariance = within.T @ within / len(within) + RIDGE * torch.eye(within.shape[1], dtype=torch.float64)
    weight = torch.linalg.solve(covariance, means.T).T
    return Listener(weight, -0.5 * (weight * means).sum(1))


def taken_for(phrases: Phrases, name: str, *, folder: Path) -> float:
    """The share of phrases that the listener takes for this instrument's."""
    return (train_listener(folder)(phrases).argmax(1) == INSTRUMENTS.index(name)).double().mean().item()


def timbre_scores(translator: Translator | Reference, pair: TimbrePair) -> Scores:
    """Of both ways, where there are two, on all unseen phrases."""
    batch = pair.whole("test").to("cpu")
    if not isinstance(translator, Translator):
        return of_the_way(translator(pair, batch).cpu(), batch.x, batch.y, pair=pair, way="T")
    there = translate(translator, batch.x)
    scores = of_the_way(there, batch.x, batch.y, pair=pair, way="T")
    if not isinstance(translator, InvertibleTranslator):
        return scores
    back, again = translate_back(translator, batch.y), translate_back(translator, there)
    closed = Scores(other={"cycle, dB": DECIBELS_A_UNIT * mean_difference(again, batch.x)})
    return scores | of_the_way(back, batch.y, batch.x, pair=pair, way="S") | closed


def of_the_way(made: Phrases, before: Phrases, right: Phrases, *, pair: TimbrePair, way: str) -> Scores:
    """Of one way, T or S: its fit to the instrument, and its alignment with the same phrase by that instrument."""
    name = pair.target if way == "T" else pair.source
    return Scores(
        fit={
            f"{way}: taken for the instrument": taken_for(made, name, folder=pair.place),
            f"{way}: energy distance of loudness": energy_distance_biased(loudness(made), loudness(right)),
        },
        alignment={
            f"{way}: partner found": nearest_is_partner(made.flatten(1), right.flatten(1)),
            f"{way}: dB from the right answer": DECIBELS_A_UNIT * mean_difference(made, right),
        },
        effort={f"{way}: dB changed": DECIBELS_A_UNIT * mean_difference(made, before)},
    )
