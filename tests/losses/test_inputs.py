"""Losses on every type of input: the right value in a type that holds it, or one clear error."""

from __future__ import annotations

import inspect
import math
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.attempts import Case, attempt
from tests.properties import examples
from udtlib.losses import adversarial, contrast, distance, energy, isometry, mmd, reconstruction
from udtlib.losses.distance import DistanceStatistics
from udtlib.numerics import kernels

pytestmark = pytest.mark.usefixtures("as_a_user")

MODULES = (adversarial, contrast, distance, energy, isometry, kernels, mmd, reconstruction)
INTEGERS = (torch.bool, torch.uint8, torch.int64)
HALF = (torch.float16, torch.bfloat16)
UNIT = DistanceStatistics(mean=0.5, deviation=2.0)


def judge(x: torch.Tensor) -> torch.Tensor:
    return x.flatten(1).square().sum(1)


SCORES, ROWS, IMAGES, PAIRS = (5, 1), (6, 3), (4, 2, 4, 4), (7,)
CASES = {
    "log_discriminator": Case(adversarial.log_discriminator, (SCORES, (3, 2, 2))),
    "saturating_generator": Case(adversarial.saturating_generator, (SCORES,)),
    "nonsaturating_generator": Case(adversarial.nonsaturating_generator, (SCORES,)),
    "square_discriminator": Case(adversarial.square_discriminator, (SCORES, SCORES)),
    "square_generator": Case(adversarial.square_generator, (SCORES,)),
    "hinge_discriminator": Case(adversarial.hinge_discriminator, (SCORES, SCORES)),
    "wasserstein_critic": Case(adversarial.wasserstein_critic, (SCORES, SCORES)),
    "wasserstein_generator": Case(adversarial.wasserstein_generator, (SCORES,)),
    "gradient_penalty": Case(partial(adversarial.gradient_penalty, judge), (ROWS, ROWS), random=True),
    "real_slope_penalty": Case(partial(adversarial.real_slope_penalty, judge), (IMAGES,)),
    "optimal_discriminator": Case(partial(adversarial.optimal_discriminator, judge, judge), (ROWS,)),
    "distance_statistics": Case(distance.distance_statistics, (PAIRS,), plain=True),
    "pairwise_distances": Case(distance.pairwise_distances, (IMAGES,)),
    "half_distances": Case(distance.half_distances, (IMAGES,)),
    "left_right": Case(lambda x: distance.left_right(x)[1], (IMAGES,)),
    "top_bottom": Case(lambda x: distance.top_bottom(x)[1], (IMAGES,)),
    "distance_loss": Case(partial(distance.distance_loss, source=UNIT, target=UNIT), (PAIRS, PAIRS)),
    "energy_distance_unbiased": Case(energy.energy_distance_unbiased, (ROWS, (5, 3))),
    "local_isometry": Case(partial(isometry.local_isometry, lambda z: z.sin()), (ROWS,), random=True),
    "median_bandwidths": Case(mmd.median_bandwidths, (ROWS, (5, 3)), plain=True),
    "squared_mmd_unbiased": Case(partial(mmd.squared_mmd_unbiased, bandwidths=(1.0, 3.0)), (ROWS, (5, 3))),
    "squared_mmd_biased": Case(partial(mmd.squared_mmd_biased, bandwidths=(1.0, 3.0)), (ROWS, (5, 3))),
    "squared_mmd_of_kernel": Case(
        partial(
            mmd.squared_mmd_of_kernel, kernel=partial(kernels.inverse_multiquadric_kernel, scales=(2.0,))
        ),
        (ROWS, (5, 3)),
    ),
    "patch_nce": Case(contrast.patch_nce, ((2, 5, 3), (2, 5, 3))),
    "l1": Case(reconstruction.l1, (IMAGES, IMAGES)),
    "l2": Case(reconstruction.l2, (IMAGES, IMAGES)),
    "reparameterise": Case(reconstruction.reparameterise, (ROWS, ROWS), random=True),
    "kl_to_standard": Case(reconstruction.kl_to_standard, (ROWS, ROWS)),
    "squared_distances": Case(kernels.squared_distances, (ROWS, (5, 3))),
    "gaussian_kernel": Case(partial(kernels.gaussian_kernel, bandwidths=(2.0,)), (ROWS,)),
    "inverse_multiquadric_kernel": Case(partial(kernels.inverse_multiquadric_kernel, scales=(2.0,)), (ROWS,)),
    "median_distance": Case(kernels.median_distance, (ROWS, (5, 3)), plain=True),
}
#: What takes no tensor of samples, or is called by the others.
WITHOUT = {"orthogonality", "check_bandwidths", "cut", "difference", "check_moments", "from_orthonormal"}
WITHOUT |= {"kernels", "moved_by", "scores", "samples", "slope_rows"}
EVERY = pytest.mark.parametrize("name", CASES)


def numbers(case: Case, *, seed: int = 0, high: int = 4) -> list[torch.Tensor]:
    """Whole numbers, which every type holds exactly."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(0, high, shape, generator=generator) for shape in case.shapes]


def values(answer: object) -> torch.Tensor:
    """The answer's numbers in double precision."""
    if isinstance(answer, DistanceStatistics):
        answer = (answer.mean, answer.deviation)
    return torch.as_tensor(answer).detach().double()


def test_no_loss_is_left_out():
    public = {
        name
        for module in MODULES
        for name, f in inspect.getmembers(module, inspect.isfunction)
        if f.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == set(CASES) | WITHOUT


@EVERY
@pytest.mark.parametrize("dtype", [*INTEGERS, *HALF, torch.float32])
def test_every_type_gives_the_value_of_double_precision(name, dtype):
    case = CASES[name]
    given = numbers(case, high=2 if dtype == torch.bool else 4)
    answer, right = (case.function(*(x.to(d) for x in given)) for d in (dtype, torch.float64))
    if case.random:
        assert values(answer).isfinite().all()
        return
    torch.testing.assert_close(values(answer), values(right), rtol=2e-5, atol=2e-5)
    if not case.plain and name not in ("left_right", "top_bottom"):
        assert answer.dtype == torch.float32
        assert right.dtype == torch.float64


@EVERY
def test_arrays_and_views_give_the_value_of_tensors(name):
    case = CASES[name]
    given = [x.double() for x in numbers(case)]
    right = values(case.function(*given))
    strided = [torch.stack([x, -x], dim=-1)[..., 0] for x in given]
    assert all(x.numel() < 2 or not x.is_contiguous() for x in strided)
    if case.random:
        return
    torch.testing.assert_close(values(case.function(*strided)), right, rtol=1e-12, atol=1e-12)
    if name not in ("left_right", "top_bottom"):
        arrays = [x.numpy() for x in given]
        torch.testing.assert_close(values(case.function(*arrays)), right, rtol=1e-12, atol=1e-12)


@EVERY
@pytest.mark.parametrize("dtype", [*HALF, torch.float32, torch.float64])
def test_gradients_flow_to_inputs_of_every_floating_type(name, dtype):
    case = CASES[name]
    if case.plain or name in ("gradient_penalty", "real_slope_penalty"):
        pytest.skip("no gradient: the samples are detached")
    generator = torch.Generator().manual_seed(1)
    given = [torch.randn(s, generator=generator).to(dtype).requires_grad_() for s in case.shapes]
    case.function(*given).sum().backward()
    assert all(x.grad.dtype == dtype and x.grad.isfinite().all() for x in given)


@EVERY
@pytest.mark.parametrize("kind", ["empty", "flat", "complex", "list"])
def test_what_is_no_sample_is_refused_in_words(name, kind):
    case = CASES[name]
    if (name, kind) == ("optimal_discriminator", "flat"):
        pytest.skip("the densities say what a sample is")
    given = [x.double() for x in numbers(case)]
    bad = {
        "empty": lambda x: x[:0],
        "flat": lambda x: x.flatten()[0],
        "complex": lambda x: x.to(torch.complex128),
        "list": lambda x: x.tolist(),
    }[kind]
    answer = attempt(case, [bad(x) for x in given])
    if isinstance(answer, Exception):
        assert not any(
            word in str(answer) for word in ("mat1", "Dimension out of range", "unpack", "attribute")
        )
        assert len(str(answer)) > 40
    else:
        assert values(answer).isfinite().all()
        assert kind in ("empty", "flat")


@EVERY
def test_nan_is_never_swallowed(name):
    case = CASES[name]
    given = [x.double() for x in numbers(case)]
    given[0].view(-1)[0] = math.nan
    answer = attempt(case, given)
    if isinstance(answer, Exception):
        assert "finite" in str(answer)
    else:
        assert not values(answer).isfinite().all() or name in ("left_right", "top_bottom")


@examples(40)
@given(
    name=st.sampled_from(
        ["energy_distance_unbiased", "squared_distances", "pairwise_distances", "median_distance"]
    ),
    power=st.integers(-8, 8),
    seed=st.integers(0, 10**6),
)
def test_distances_follow_the_unit(name, power, seed):
    case, unit = CASES[name], 10.0**power
    degree = 2 if name == "squared_distances" else 1
    given = [
        torch.randn(s, generator=torch.Generator().manual_seed(seed + k)) for k, s in enumerate(case.shapes)
    ]
    right = values(case.function(*given)) * unit**degree
    answer = values(case.function(*(unit * x for x in given)))
    torch.testing.assert_close(answer / unit**degree, right / unit**degree, rtol=1e-4, atol=1e-5)


def test_unsigned_pixels_do_not_wrap_round():
    dark, bright = (
        torch.full((1, 1, 2, 2), 3, dtype=torch.uint8),
        torch.full((1, 1, 2, 2), 5, dtype=torch.uint8),
    )
    assert reconstruction.l1(dark, bright) == 2
    assert reconstruction.l2(dark, bright) == 4
    assert distance.half_distances(torch.cat([dark, bright], dim=3)) == 8


def test_half_precision_does_not_overflow():
    x = torch.full((2, 400), 30.0, dtype=torch.float16)
    x[1] = -30.0
    assert distance.pairwise_distances(x).item() == 24_000
    assert kernels.squared_distances(x, x)[0, 1] == 400 * 3600
    assert reconstruction.l2(100 * x, -100 * x).item() == pytest.approx(6000**2, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reconstruction.l1(torch.ones(0, 2), torch.ones(0, 2)), "made is empty"),
        (lambda: adversarial.log_discriminator(torch.ones(2), torch.ones(0)), "fake is empty"),
        (
            lambda: energy.energy_distance_unbiased(torch.ones(3), torch.ones(3)),
            r"x has shape \(3,\), not \(samples",
        ),
        (lambda: distance.half_distances(torch.ones(3, 4)), r"not \(images, channels, height, width\)"),
        (
            lambda: distance.distance_loss(torch.ones(3, 1), torch.ones(3), source=UNIT, target=UNIT),
            "one number for each pair",
        ),
        (
            lambda: reconstruction.kl_to_standard(torch.ones(3, 2), torch.ones(1, 2)),
            r"one mean and one variance for each entry",
        ),
        (lambda: distance.distance_statistics(torch.full((9,), 0.1)), "deviation=0.0"),
        (lambda: mmd.squared_mmd_biased(torch.ones(2, 1), torch.ones(2, 1), bandwidths=1.0), "give a tuple"),
        (
            lambda: kernels.median_distance(
                torch.full((3, 2), 1e200, dtype=torch.float64), -torch.ones(3, 2)
            ),
            "too large",
        ),
    ],
)
def test_messages_name_the_value_and_the_remedy(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_a_net_in_half_precision_has_an_orthogonality():
    net = torch.nn.Linear(2, 2, bias=False).bfloat16()
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[3.0, 0.0], [0.0, 1.0]]))
    answer = isometry.orthogonality(net)
    assert (answer.item(), answer.dtype) == (32, torch.float32)
