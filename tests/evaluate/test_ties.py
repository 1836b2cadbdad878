"""Two-sample scores where samples are equal, constant, few, permuted, shifted or in other units."""

from __future__ import annotations

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.evaluate import metrics
from udtlib.evaluate.glimpse import glimpse_fooling_rate
from udtlib.evaluate.pairings import nearest_is_partner
from udtlib.evaluate.two_sample import Logistic, NearestNeighbours, classifier_two_sample_test, fooling_rate
from udtlib.losses.energy import energy_distance_unbiased

CLASSIFIERS = (
    NearestNeighbours(),
    NearestNeighbours(k=1),
    NearestNeighbours(k=5),
    Logistic(),
    Logistic(quadratic=False),
)
SEED = st.integers(0, 10**6)


def draw(count: int, dimension: int = 2, *, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def sliced(x: torch.Tensor, y: torch.Tensor) -> float:
    return metrics.sliced_wasserstein(x, y, generator=seeded(0), projections=32)


#: Distances, and the power of the unit that they are in.
DISTANCES = {
    "wasserstein2": (metrics.wasserstein2, 1),
    "sliced_wasserstein": (sliced, 1),
    "energy_distance_biased": (metrics.energy_distance_biased, 1),
    "frechet_distance": (metrics.frechet_distance, 2),
    "mean_distance_to_nearest": (metrics.mean_distance_to_nearest, 1),
}
SHARES = {
    "precision_recall": lambda x, y: metrics.precision_recall(x, y, k=3),
    "density_coverage": lambda x, y: metrics.density_coverage(x, y, k=3),
    "squared_mmd": metrics.squared_mmd,
    "test": lambda x, y: classifier_two_sample_test(x, y, generator=seeded(0)),
    "logistic": lambda x, y: classifier_two_sample_test(x, y, generator=seeded(0), classifier=Logistic()),
}


@examples(40)
@given(
    data=st.sampled_from(["continuous", "constant", "duplicates", "bits"]),
    classifier=st.sampled_from(CLASSIFIERS),
    count=st.integers(8, 60),
    seed=SEED,
    dtype=st.sampled_from([torch.float32, torch.float64, torch.float16]),
)
# A coordinate that hardly varies among those that are learned from: what is judged lies far outside of them.
@example(data="duplicates", classifier=Logistic(), count=8, seed=53822, dtype=torch.float32)
def test_two_equal_sets_score_one_half_whatever_is_drawn(data, classifier, count, seed, dtype):
    x = draw(count, 3, seed=seed)
    x = {
        "continuous": x,
        "constant": torch.full_like(x, 0.1),
        "duplicates": x[:4].repeat(count // 4 + 1, 1)[:count],
        "bits": (x > 0).double(),
    }[data].to(dtype)
    shuffled = x[torch.randperm(count, generator=seeded(seed))]
    for score in (fooling_rate, classifier_two_sample_test):
        result = score(x, shuffled, generator=seeded(seed + 1), classifier=classifier)
        assert result.accuracy == 0.5
        assert result.p_value > 0.4
        assert result.low < 0.5 < result.high


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_a_constant_against_the_same_constant_is_one_half_at_unequal_counts(classifier):
    x, y = torch.full((20, 2), 3.3), torch.full((33, 2), 3.3)
    assert fooling_rate(x, y, generator=seeded(0), classifier=classifier).accuracy == 0.5
    assert fooling_rate(x, y + 1, generator=seeded(0), classifier=classifier).accuracy == 0


def test_draws_from_a_few_values_are_seldom_told_apart():
    """Ties that come from a small alphabet neither hide nor make a difference."""
    values = []
    for seed in range(60):
        x, y = (draw(80, 2, seed=2 * seed + side).round() for side in (0, 1))
        values.append(classifier_two_sample_test(x, y, generator=seeded(seed)))
    assert sum(v.p_value < 0.05 for v in values) <= 8
    assert sum(v.accuracy for v in values) / 60 == pytest.approx(0.5, abs=0.03)
    x, y = draw(200).round(), (draw(200, seed=1) + 1.5).round()
    assert classifier_two_sample_test(x, y, generator=seeded(0)).accuracy > 0.75


def test_a_memoriser_fools_by_half_and_a_stranger_s_copies_are_not_recognised():
    """Half of the made samples are copies of real ones: the judge must not know a copy by its twin."""
    real = draw(400)
    made = torch.cat([real[:200], draw(200, seed=1)])
    rates = [fooling_rate(real, made, generator=seeded(k)).accuracy for k in range(5)]
    assert sum(rates) / 5 == pytest.approx(0.5, abs=0.05)


def test_the_order_of_copies_follows_the_draw_where_nothing_is_equal():
    x, y = draw(40), draw(30, seed=1)
    result = classifier_two_sample_test(x, y, generator=seeded(3))
    g = seeded(3)
    order_x, order_y = torch.randperm(40, generator=g), torch.randperm(30, generator=g)
    train = torch.cat([x[order_x[:15]], y[order_y[:15]]])
    test = torch.cat([x[order_x[15:30]], y[order_y[15:30]]])
    label = torch.arange(2).repeat_interleave(15)
    nearest = torch.cdist(test, train).topk(5, largest=False).indices
    answer = label[nearest].sum(1) * 2 > 5
    assert result.accuracy == float((answer == label.bool()).double().mean())


def test_constant_images_cannot_be_told_apart():
    grey = torch.full((20, 3, 8, 8), 0.1)
    assert glimpse_fooling_rate(grey, grey.clone(), side=3, generator=seeded(0)).accuracy == 0.5


@pytest.mark.parametrize("name", DISTANCES)
@pytest.mark.parametrize("data", ["continuous", "constant", "duplicates"])
def test_equal_sets_have_distance_zero(name, data):
    distance, degree = DISTANCES[name]
    x = draw(40, 3)
    x = {"continuous": x, "constant": torch.full_like(x, 0.1), "duplicates": x[:4].repeat(10, 1)}[data]
    for scale in (1e-8, 1.0, 1e8):
        assert distance(scale * x, scale * x.flip(0)) / scale**degree == pytest.approx(0, abs=1e-6)
    assert distance(x, x + 1) > 0.2


@examples(40)
@given(
    name=st.sampled_from([*DISTANCES, *SHARES]),
    power=st.sampled_from([-8, -3, 0, 3, 8]),
    shift=st.sampled_from([0.0, -7.0, 1e4]),
    counts=st.tuples(st.integers(8, 20), st.integers(8, 20)),
    seed=SEED,
)
def test_scores_follow_the_unit_the_origin_and_the_order(name, power, shift, counts, seed):
    x, y = (draw(n, 3, seed=seed + k) for k, n in enumerate(counts))
    unit = 10.0**power

    def other(z: torch.Tensor) -> torch.Tensor:
        return unit * (z + shift)

    if name in DISTANCES:
        distance, degree = DISTANCES[name]
        right = distance(x, y)
        assert distance(other(x), other(y)) / unit**degree == pytest.approx(right, rel=1e-6, abs=1e-7)
        if name != "sliced_wasserstein":
            order = torch.randperm(len(x), generator=seeded(seed))
            assert distance(x[order], y) == pytest.approx(right, rel=1e-9, abs=1e-12)
    elif name == "squared_mmd":
        assert SHARES[name](other(x), other(y)) == pytest.approx(SHARES[name](x, y), abs=1e-6)
    else:
        assert SHARES[name](other(x), other(y)) == SHARES[name](x, y)


@examples(30)
@given(copies=st.integers(1, 4), k=st.integers(1, 3), seed=SEED)
def test_every_copy_lies_in_its_own_ball(copies, k, seed):
    x = draw(6, 5, seed=seed).repeat(copies, 1)
    if len(x) <= k:
        return
    result = metrics.precision_recall(x, x.flip(0), k=k)
    assert (result.precision, result.recall) == (1, 1)
    both = metrics.density_coverage(x, x.flip(0), k=k)
    assert both.coverage == 1
    if copies > k:  # a ball of radius zero holds its copies, and nothing else
        assert both.density == pytest.approx(copies / k)


@pytest.mark.parametrize("name", [*DISTANCES, *SHARES])
def test_one_sample_is_scored_or_refused(name):
    x, y = torch.tensor([[1.0, 2.0]]), torch.tensor([[4.0, 6.0]])
    score = DISTANCES[name][0] if name in DISTANCES else SHARES[name]
    if name in ("wasserstein2", "mean_distance_to_nearest"):
        assert score(x, y) == pytest.approx(5)
    elif name == "energy_distance_biased":
        assert score(x, y) == pytest.approx(10)
    elif name == "sliced_wasserstein":
        assert 2 < score(x, y) < 5
    else:
        with pytest.raises(ValueError, match="1 samples; this metric needs at least"):
            score(x, y)


def test_constants_have_no_bandwidth_and_say_so():
    same = torch.full((9, 2), 0.1)
    with pytest.raises(ValueError, match=r"most samples are equal.*give bandwidths explicitly"):
        metrics.squared_mmd(same, same)
    assert metrics.squared_mmd(same, same, bandwidths=(1.0,)) == pytest.approx(0, abs=1e-12)
    assert energy_distance_unbiased(same, same) == 0


def test_equal_right_answers_are_equally_right():
    wanted = torch.tensor([[0.0], [0.0], [1.0], [1.0]])
    assert nearest_is_partner(wanted + 0.1, wanted) == 100
    assert nearest_is_partner(torch.zeros(4, 1), wanted) == 50


def test_far_from_the_origin_nearest_samples_are_found():
    z = (draw(30, 4) + 1e4).float()
    assert metrics.mean_distance_to_nearest(z[:10], z) == 0
