"""Scores on every type of input: the right value, or one clear error."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable
from functools import partial

import pytest
import torch

from tests.attempts import TYPES, Case, attempt
from udtlib.evaluate import (
    coverage,
    distances,
    effort,
    glimpse,
    maps,
    pairings,
    preservation,
    probe,
    segmentation,
    steganography,
    two_sample,
)
from udtlib.translators.affine import Affine

pytestmark = pytest.mark.usefixtures("as_a_user")

MODULES = (
    coverage,
    distances,
    effort,
    glimpse,
    maps,
    pairings,
    preservation,
    probe,
    segmentation,
    two_sample,
)
FLOATING = tuple(dtype for dtype in TYPES if dtype.is_floating_point)


def seeded(function: Callable, **options: object) -> Callable:
    """With the same random numbers in each call."""
    return lambda *samples: function(*samples, generator=torch.Generator().manual_seed(0), **options)


def own_labels(cost: torch.Tensor) -> float:
    return pairings.same_label_share(cost, torch.arange(4) % 2, torch.arange(5) % 2)


def probed(code: torch.Tensor) -> float:
    label = torch.arange(12) % 2
    return probe.probe_accuracy((code, label), (code, label), seed=0, steps=3)


def regions(images: torch.Tensor) -> torch.Tensor:
    return segmentation.region_statistics(images, torch.tensor([[0, 0, 1, 1]] * 4), regions=[0, 1])


ROWS, OTHERS, IMAGES, LABELS = (12, 3), (9, 3), (10, 3, 4, 4), (2, 4, 4)
WHOLE = (torch.bool, torch.uint8, torch.int64)
CASES = {
    "mode_coverage": Case(partial(coverage.mode_coverage, radius=1.0), (ROWS, (4, 3))),
    "precision_recall": Case(partial(coverage.precision_recall, k=2), (ROWS, OTHERS)),
    "density_coverage": Case(partial(coverage.density_coverage, k=2), (ROWS, OTHERS)),
    "wasserstein2": Case(distances.wasserstein2, (ROWS, OTHERS)),
    "sliced_wasserstein": Case(seeded(distances.sliced_wasserstein), (ROWS, OTHERS)),
    "energy_distance_biased": Case(distances.energy_distance_biased, (ROWS, OTHERS)),
    "squared_mmd": Case(partial(distances.squared_mmd, bandwidths=(1.0,)), (ROWS, OTHERS)),
    "frechet_distance": Case(distances.frechet_distance, (ROWS, OTHERS)),
    "mean_distance_to_nearest": Case(distances.mean_distance_to_nearest, (ROWS, OTHERS)),
    "effort_over_least": Case(effort.effort_over_least, (ROWS, ROWS, OTHERS)),
    "effort_over_pairing": Case(effort.effort_over_pairing, (ROWS, ROWS)),
    # Two samples with one optimal plan: many whole numbers have several, and rounding chooses.
    "distance_to_optimal_partners": Case(effort.distance_to_optimal_partners, ((2, 4), (2, 4), (2, 4))),
    "glimpses": Case(seeded(glimpse.glimpses, side=3), (IMAGES,)),
    "impression": Case(glimpse.impression, (IMAGES,)),
    "glimpse_fooling_rate": Case(seeded(glimpse.glimpse_fooling_rate, side=3), (IMAGES, IMAGES)),
    "unexplained_variance": Case(maps.unexplained_variance, (ROWS, ROWS, OTHERS)),
    "moment_map": Case(lambda x, y: maps.moment_map(x, y).matrix, ((40, 2), (30, 2))),
    "least_squares_map": Case(lambda x, y: maps.least_squares_map(x, y).matrix, ((40, 2), (40, 2))),
    "best_linear_variance": Case(maps.best_linear_variance, ((40, 2), (40, 2), (30, 2))),
    "same_label_share": Case(own_labels, ((4, 5),)),
    "nearest_is_partner": Case(pairings.nearest_is_partner, (ROWS, ROWS)),
    "pairwise_correlation": Case(preservation.pairwise_correlation, (ROWS, (12, 2))),
    "self_correlation": Case(preservation.self_correlation, (IMAGES, IMAGES)),
    "distances_kept": Case(lambda x, y: [v for *_, v in preservation.distances_kept(x, y)], (IMAGES, IMAGES)),
    "correlation_of_kept": Case(preservation.correlation_of_kept, ((9,), (9,))),
    "nonnegative_fit": Case(lambda x, y: preservation.nonnegative_fit(x, y).matrix, (ROWS, ROWS)),
    "nearest_permutation": Case(lambda A: preservation.nearest_permutation(A).cosine, ((4, 4),)),
    "probe_accuracy": Case(probed, (ROWS,)),
    "confusion_matrix": Case(partial(segmentation.confusion_matrix, classes=4), (LABELS, LABELS), WHOLE),
    "segmentation_scores": Case(
        partial(segmentation.segmentation_scores, classes=4), (LABELS, LABELS), WHOLE
    ),
    "region_statistics": Case(regions, (IMAGES,)),
    "classifier_two_sample_test": Case(seeded(two_sample.classifier_two_sample_test), (ROWS, OTHERS)),
    "fooling_rate": Case(seeded(two_sample.fooling_rate, classifier=two_sample.Logistic()), (ROWS, OTHERS)),
}
#: What takes no tensor, or is called by the others.
WITHOUT = {
    "neighbours",
    "quantile_steps",
    "moved",
    "pictures",
    "points",
    "check_partners",
    "correlation",
}
WITHOUT |= {"codes_of", "whole_labels", "judged", "binomial_test"}
EVERY = pytest.mark.parametrize("name", CASES)


def numbers(case: Case, *, high: int = 4) -> list[torch.Tensor]:
    """Whole numbers, which every type holds exactly."""
    generator = torch.Generator().manual_seed(0)
    return [torch.randint(0, high, shape, generator=generator) for shape in case.shapes]


def values(answer: object) -> torch.Tensor:
    """The answer's numbers in double precision."""
    if dataclasses.is_dataclass(answer):
        fields = dataclasses.astuple(answer)
        answer = [v for field in fields for v in (field if isinstance(field, tuple) else (field,))]
    return torch.as_tensor(answer).detach().double()


def test_no_score_is_left_out():
    public = {
        name
        for module in MODULES
        for name, f in inspect.getmembers(module, inspect.isfunction)
        if f.__module__ == module.__name__
    }
    assert public == set(CASES) | WITHOUT


@EVERY
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_gives_the_value_of_double_precision(name, dtype):
    case = CASES[name]
    given = numbers(case, high=2 if dtype == torch.bool else 4)
    answer = attempt(case, [x.to(dtype) for x in given])
    if dtype not in case.only:
        assert "must be whole numbers" in str(answer)
        return
    right = attempt(case, given if case.only is WHOLE else [x.double() for x in given])
    if isinstance(right, Exception):  # bits have, for one, no covariance that can be inverted
        assert dtype == torch.bool
        assert type(answer) is type(right)
        return
    torch.testing.assert_close(values(answer), values(right), rtol=1e-5, atol=1e-5)


@EVERY
def test_arrays_views_and_tensors_with_gradients_give_the_same_value(name):
    case = CASES[name]
    given = numbers(case) if case.only is WHOLE else [x.double() for x in numbers(case)]
    right = values(case.function(*given))
    if case.only is not WHOLE:
        torch.testing.assert_close(values(attempt(case, [x.clone().requires_grad_() for x in given])), right)
    if name not in ("same_label_share", "probe_accuracy"):
        torch.testing.assert_close(values(attempt(case, [x.numpy() for x in given])), right)
    views = [torch.stack([x, -x], dim=-1)[..., 0] for x in given]
    torch.testing.assert_close(values(attempt(case, views)), right)


@EVERY
@pytest.mark.parametrize("kind", ["empty", "scalar", "flat", "complex", "nan", "inf", "text", "mixed"])
def test_what_cannot_be_scored_is_refused_in_words(name, kind):
    case = CASES[name]
    given = [x.double() for x in numbers(case)]
    if case.only is WHOLE and kind not in ("empty", "complex", "text"):
        pytest.skip("labels")
    bad = {
        "empty": lambda x: x[:0],
        "scalar": lambda x: x.flatten()[0],
        "flat": lambda x: x.flatten(),
        "complex": lambda x: x.to(torch.complex128),
        "nan": lambda x: x.index_fill(0, torch.tensor([0]), math.nan),
        "inf": lambda x: x.index_fill(0, torch.tensor([0]), math.inf),
        "text": str,
        "mixed": lambda x: x.float(),
    }[kind]
    if kind == "mixed":
        answer = attempt(case, [bad(given[0]), *given[1:]])
        torch.testing.assert_close(values(answer), values(case.function(*given)), rtol=1e-5, atol=1e-5)
        return
    if case.only is WHOLE:
        given = [x.long() for x in given]
    answer = attempt(case, [bad(x) if k == 0 else x for k, x in enumerate(given)])
    if name in ("glimpses", "impression", "region_statistics") and kind in ("nan", "inf"):
        return  # they describe each image by itself
    if (name, kind) in (("correlation_of_kept", "flat"), ("glimpses", "empty")):
        return
    assert isinstance(answer, ValueError | TypeError)
    text = str(answer)
    assert len(text) > 40
    assert not any(
        word in text for word in ("mat1", "Dimension out of range", "unpack", "attribute", "broadcast")
    )


def test_samples_of_two_spaces_or_devices_are_refused():
    x = torch.rand(9, 3)
    for name in (
        "wasserstein2",
        "density_coverage",
        "squared_mmd",
        "mean_distance_to_nearest",
        "fooling_rate",
    ):
        function = CASES[name].function
        with pytest.raises(ValueError, match="compare samples of one space"):
            function(x, torch.rand(9, 4))
        if name != "density_coverage":  # it looks at the target's values first
            with pytest.raises(ValueError, match="x is on cpu and y on meta"):
                function(x, x.to("meta"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: coverage.precision_recall(x, x, k=2.5), "k counts and must be a whole number"),
        (
            lambda x: seeded(distances.sliced_wasserstein, power=math.nan)(x, x),
            "power must be a finite number",
        ),
        (lambda x: seeded(distances.sliced_wasserstein, projections=True)(x, x), "projections counts"),
        (lambda x: effort.effort_over_least(x, x, x), "no effort reaches the target"),
        (lambda x: effort.effort_over_least(x, x[:1], x), "every sample has one translation"),
        (lambda x: effort.effort_over_pairing(x.flip(0), x), "the best pairing moves nothing"),
        (lambda x: pairings.nearest_is_partner(x, x[:3]), "one right answer, got 9 and 3"),
        (lambda x: pairings.same_label_share(x, torch.ones(9), torch.ones(9, 1)), "one label for each row"),
        (lambda x: preservation.correlation_of_kept(x[:1, 0], x[:1, 0]), "at least two"),
        (lambda x: segmentation.confusion_matrix(x, x, classes=2), "take .argmax over the classes' scores"),
        (
            lambda x: probe.probe_accuracy((x, torch.rand(9)), (x, torch.rand(9)), seed=0),
            "one whole number each",
        ),
        (
            lambda x: glimpse.glimpses(torch.rand(2, 1, 8, 8), side=4, generator=torch.Generator()),
            "colour images",
        ),
        (lambda x: steganography.rounded(x, levels=2.5), "levels counts"),
        (lambda x: distances.energy_distance_biased(1e200 * x.double(), -1e200 * x.double()), "leave double"),
        (lambda x: distances.frechet_distance(1e200 * x.double(), -1e200 * x.double()), "leave double"),
    ],
)
def test_messages_name_the_value_and_the_remedy(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call(torch.rand(9, 3, generator=torch.Generator().manual_seed(0)))


def test_a_way_back_that_knows_nothing_has_nothing_to_lose():
    double = Affine(2 * torch.eye(2), torch.zeros(2))
    same = torch.ones(3, 2)
    result = steganography.secrecy(double, same, strengths=[0.1], generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="take samples that differ"):
        _ = result.lost
    with pytest.raises(ValueError, match="every strength must be a finite number"):
        steganography.secrecy(double, same, strengths=[math.nan], generator=torch.Generator())
    assert steganography.rounded(torch.tensor([-1, 0, 1])).tolist() == pytest.approx(
        [-1, 1 / 255, 1], abs=1e-6
    )


def test_codes_in_double_precision_are_probed():
    x = torch.randn(60, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    label = (x[:, 0] > 0).int()
    x = torch.cat([x, torch.full((60, 1), 0.1, dtype=torch.float64)], dim=1)  # an entry that does not vary
    assert probe.probe_accuracy((x, label), (x, label), seed=0, steps=100) > 0.95
