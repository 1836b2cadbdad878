"""The classifier two-sample test: samples that no classifier can tell apart may share a distribution.

Twins are learned from together or judged together (:mod:`udtlib.evaluate.halves`), and an answer that is a draw
counts one half. So two equal sets score one half, whatever the halves that are drawn.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import torch
from scipy.special import betainc, betaincinv

from udtlib.evaluate.halves import halves
from udtlib.evaluate.neighbours import kth_distances, sides_of
from udtlib.evaluate.samples import centre_and_spread, same_features
from udtlib.numerics.inputs import alike
from udtlib.numerics.options import number, whole
from udtlib.types import Float, Int, Shaped, Tensor

__all__ = [
    "Classifier",
    "Logistic",
    "NearestNeighbours",
    "TwoSampleTest",
    "classifier_two_sample_test",
    "fooling_rate",
]


@dataclass(frozen=True, kw_only=True)
class TwoSampleTest:
    """How well a classifier tells two samples apart on points that it has not seen.

    Args:
        accuracy: share of held-out points put on the right side, draws by half; one half where it cannot tell.
        low: lower end of the exact binomial confidence interval of the accuracy.
        high: upper end.
        p_value: probability of such an accuracy or more if the two distributions were equal.
        tested: how many held-out points.
    """

    accuracy: float
    low: float
    high: float
    p_value: float
    tested: int


#: Logarithms of odds below this, and weights of standardised samples, are the rounding of none.
UNDECIDED = 1e-9


class Classifier(ABC):
    """A way to tell two classes apart."""

    @abstractmethod
    def predict(
        self, train: Shaped[Tensor, "n d"], label: Shaped[Tensor, "n"], test: Shaped[Tensor, "m d"]
    ) -> Float[Tensor, "m"]:
        """The class of each test point, after learning from the training points: 0, 1, or ½ for a draw."""


@final
@dataclass(frozen=True, kw_only=True)
class NearestNeighbours(Classifier):
    """The majority among the nearest training points; those that are equally far share what votes they have.

    Args:
        k: how many neighbours vote; an odd number near the root of the training count where it is None.
    """

    k: int | None = None

    def __post_init__(self) -> None:
        if self.k is not None and (whole(self.k, name="k", at_least=None) < 1 or self.k % 2 == 0):
            raise ValueError(f"k must be odd and at least 1, so that no vote is tied; got {self.k}")

    def predict(
        self, train: Shaped[Tensor, "n d"], label: Shaped[Tensor, "n"], test: Shaped[Tensor, "m d"]
    ) -> Float[Tensor, "m"]:
        count = self.k or int(math.sqrt(len(train))) // 2 * 2 + 1
        if count > len(train):
            raise ValueError(f"{count} neighbours need as many training points, got {len(train)}")
        there, known = (rows.double() for rows in alike(test=test, train=train))
        side = sides_of(kth_distances(there, known, k=count)[:, None], there, known)
        closer, level = (side < 0).double(), (side == 0).double()
        ones = label.double()
        # Whole numbers throughout: the points level with the k-th share the votes that the closer ones leave.
        left, tied = count - closer.sum(1), level.sum(1)
        lead = 2 * (closer @ ones * tied + level @ ones * left) - count * tied
        return (lead.sign() + 1) / 2


@final
@dataclass(frozen=True, kw_only=True)
class Logistic(Classifier):
    """Logistic regression on standardised coordinates and, where wanted, their squares and products.

    Args:
        quadratic: add squares and products, so that differences in covariance show too.
        ridge: weight of the squared coefficients in the mean loss, above 0.
    """

    quadratic: bool = True
    ridge: float = 1e-3

    def __post_init__(self) -> None:
        if not number(self.ridge, name="ridge") > 0:
            raise ValueError(
                f"ridge must be positive, or separable samples have no optimum; got {self.ridge}"
            )

    def predict(
        self, train: Shaped[Tensor, "n d"], label: Shaped[Tensor, "n"], test: Shaped[Tensor, "m d"]
    ) -> Float[Tensor, "m"]:
        train, test = alike(train=train, test=test)
        mean, deviation = centre_and_spread(train)
        design, test_design = (self.features((rows - mean) / deviation) for rows in (train, test))
        weight = torch.zeros(design.shape[1], dtype=design.dtype, device=design.device)
        target = label.to(design.dtype)
        for _ in range(12):
            weight = self.newton_step(weight, design, target)
        # A weight that is rounding alone may meet a judged sample that is far outside of what was learned from.
        odds = test_design @ weight.masked_fill(weight.abs() < UNDECIDED, 0.0)
        return (odds.masked_fill(odds.abs() < UNDECIDED, 0.0).sign().double() + 1) / 2

    def features(self, rows: Tensor) -> Tensor:
        """A constant, the coordinates, and their products."""
        parts = [torch.ones_like(rows[:, :1]), rows]
        if self.quadratic:
            i, j = torch.triu_indices(rows.shape[1], rows.shape[1], device=rows.device)
            parts.append(rows[:, i] * rows[:, j])
        return torch.cat(parts, dim=1)

    def newton_step(self, weight: Tensor, design: Tensor, target: Tensor) -> Tensor:
        """One step of Newton's method on the mean log loss plus the ridge."""
        probability = (design @ weight).sigmoid()
        gradient = design.T @ (probability - target) / len(design) + self.ridge * weight
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design / len(design)
        curvature.diagonal().add_(self.ridge)
        return weight - torch.linalg.solve(curvature, gradient)


def classifier_two_sample_test(
    x: Shaped[Tensor, "n *shape"],
    y: Shaped[Tensor, "m *other"],
    *,
    generator: torch.Generator,
    classifier: Classifier | None = None,
    confidence: float = 0.95,
) -> TwoSampleTest:
    r"""Train a classifier on half of each sample and count how often it is right on the other half.

    .. math:: \hat t = \frac{1}{n_\text{test}} \sum_i \mathbf{1}[f(z_i) = l_i], \qquad
              n_\text{test}\,\hat t \sim \mathrm{Bin}(n_\text{test}, \tfrac12) \text{ if } \alpha = \beta

    Both sides give equally many points, drawn by ``generator`` (on the CPU), so that guessing is right half
    of the time. A high p-value says that *this* classifier found no difference, not that there is none.

    Args:
        x: samples of one distribution.
        y: samples of the other.
        generator: draws the halves.
        classifier: nearest neighbours by default.
        confidence: level of the interval.

    Raises:
        ValueError: fewer than eight samples on a side, unequal sample shapes, or values that are not finite.

    Source: [lopezpaz2017], Section 3.
    """
    label, answer = judged(x, y, generator=generator, classifier=classifier, confidence=confidence)
    right = 1 - (answer - label).abs()
    return binomial_test(float(right.sum()), len(label), confidence=confidence)


def fooling_rate(
    real: Shaped[Tensor, "n *shape"],
    made: Shaped[Tensor, "m *other"],
    *,
    generator: torch.Generator,
    classifier: Classifier | None = None,
    confidence: float = 0.95,
) -> TwoSampleTest:
    r"""How often a classifier that learned on other samples takes a made sample for a real one.

    .. math:: \hat r = \frac{1}{n_\text{test}} \sum_i \mathbf{1}[f(\hat y_i) = \text{real}]

    The share of made samples called real, draws by half, in ``accuracy``, with its exact interval; one half for
    samples that cannot be told apart. It takes the place of people who are shown images for a second [isola2017,
    section 4.1]: like them, it says how good the images are *for this judge*. What it takes and raises is as for
    :func:`classifier_two_sample_test`; ``p_value`` is the probability of so high a rate by tossing a coin.
    """
    label, answer = judged(real, made, generator=generator, classifier=classifier, confidence=confidence)
    fooled = 1 - answer[label == 1]
    return binomial_test(float(fooled.sum()), len(fooled), confidence=confidence)


def judged(
    x: Shaped[Tensor, "n *shape"],
    y: Shaped[Tensor, "m *other"],
    *,
    generator: torch.Generator,
    classifier: Classifier | None,
    confidence: float,
) -> tuple[Int[Tensor, "tested"], Float[Tensor, "tested"]]:
    """The side, 0 or 1, of each held-out point, and the side that the classifier put it on, ½ for a draw."""
    confidence = number(confidence, name="confidence")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence:g}")
    if classifier is not None and not hasattr(classifier, "predict"):
        raise TypeError(
            f"a classifier can predict, got {classifier!r}; give NearestNeighbours() or Logistic()"
        )
    rows_x, rows_y = same_features(x, y, at_least=8)
    train, test, label = halves(rows_x, rows_y, generator=generator)
    return label, (classifier or NearestNeighbours()).predict(train, label, test).double()


def binomial_test(right: float | int, count: int, *, confidence: float) -> TwoSampleTest:
    r"""The exact one-sided test of a coin with ``right`` heads, and the interval of Clopper and Pearson.

    .. math:: p = \Pr[\mathrm{Bin}(n, \tfrac12) \ge k] = I_{1/2}(k,\, n - k + 1)

    The interval has two sides although the test has one: it says how sure the accuracy is. Halves, from draws, are
    read off the same functions between whole numbers.
    """
    tail = (1 - confidence) / 2
    return TwoSampleTest(
        accuracy=right / count,
        low=float(betaincinv(right, count - right + 1, tail)) if right > 0 else 0.0,
        high=float(betaincinv(right + 1, count - right, 1 - tail)) if right < count else 1.0,
        p_value=float(betainc(right, count - right + 1, 0.5)) if right > 0 else 1.0,
        tested=count,
    )
