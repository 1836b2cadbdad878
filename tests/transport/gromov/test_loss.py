"""The Gromov-Wasserstein loss: its three forms, its gradient, and what it refuses."""

import math

import pytest
import torch

from udtlib.transport.gromov.energy import distance_matrix, gromov_energy, mean_normalised, plan_entropy
from udtlib.transport.gromov.entropic import batched_gromov
from udtlib.transport.gromov.loss import GromovForm, gromov_loss, selves
from udtlib.transport.result import NotConvergedError

TIGHT = {"tolerance": 1e-9, "iterations": 2000}


def codes(n: int, d: int, *, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Gaussian codes."""
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def noisy(x: torch.Tensor, *, seed: int = 1) -> torch.Tensor:
    """A rotated copy with noise, in one dimension more."""
    rotation = torch.linalg.qr(codes(x.shape[1] + 1, x.shape[1] + 1, seed=seed))[0][: x.shape[1]]
    return x @ rotation + 0.2 * codes(len(x), x.shape[1] + 1, seed=seed + 1)


def test_the_debiased_form_is_zero_for_isometric_codes_of_any_dimension_and_positive_otherwise() -> None:
    x = codes(30, 3)
    rotation = torch.linalg.qr(codes(5, 5, seed=1))[0][:3]
    for other in (x, x.flip(0), x @ rotation + 3):
        assert float(gromov_loss(x, other, **TIGHT).value) == pytest.approx(0, abs=1e-6)
    assert float(gromov_loss(x, noisy(x), **TIGHT).value) > 1e-3


@pytest.mark.parametrize("m", [20, 16])
def test_equals_its_definition(m: int) -> None:
    x, y = codes(20, 3), 1.4 * noisy(codes(20, 3))[:m]
    dx, dy = distance_matrix(x), distance_matrix(y)
    loss = gromov_loss(x, y, epsilon=0.02, **TIGHT)
    unit = float(torch.maximum(dx.mean(), dy.mean()))
    strength = 0.02 * unit**2

    def term(d: torch.Tensor, e: torch.Tensor, start: torch.Tensor) -> float:
        result = batched_gromov(d[None], e[None], epsilon=strength, start=start[None], **TIGHT).or_raise()
        return float(result.energy) - strength * float(plan_entropy(result.plan))

    halves = [(torch.eye(n, dtype=torch.float64) / n + 1 / n**2) / 2 for n in (20, m)]
    cross = term(dx, dy, loss.plan)
    expected = 2 * cross - term(dx, dx, halves[0]) - term(dy, dy, halves[1])
    assert float(loss.value) == pytest.approx(expected, abs=1e-6 * unit**2)
    alone = gromov_loss(x, y, epsilon=0.02, form=GromovForm.CROSS, **TIGHT)
    assert float(alone.value) == pytest.approx(cross, abs=1e-6 * unit**2)
    assert float(alone.energy) == pytest.approx(float(gromov_energy(dx, dy, loss.plan)), abs=1e-6 * unit**2)
    assert loss.plan.shape == (20, m)
    assert loss.marginal_error <= 1e-9


def test_the_gradient_is_that_of_the_converged_loss() -> None:
    x, y, direction = codes(12, 2), noisy(codes(12, 2)), codes(12, 2, seed=5)
    strength = 0.02 * float(torch.maximum(distance_matrix(x).mean(), distance_matrix(y).mean())) ** 2
    eye = (torch.eye(12, dtype=torch.float64) / 12 + 1 / 144) / 2
    start = gromov_loss(x, y, epsilon=0.02, **TIGHT).plan

    def value(points: torch.Tensor) -> float:
        dx, dy = distance_matrix(points), distance_matrix(y)
        left, right = torch.stack([dx, dx, dy]), torch.stack([dy, dx, dy])
        starts = torch.stack([start, eye, eye])
        # The strength stays what it was, as it is a constant for the gradient.
        result = batched_gromov(left, right, epsilon=strength, start=starts, **TIGHT).or_raise()
        terms = result.energy - strength * plan_entropy(result.plan)
        return float(2 * terms[0] - terms[1] - terms[2])

    step = 1e-4
    expected = (value(x + step * direction) - value(x - step * direction)) / (2 * step)
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(gromov_loss(x, y, epsilon=0.02, **TIGHT).value, x)
    assert float((gradient * direction).sum()) == pytest.approx(expected, rel=1e-4)


def test_the_scale_free_form_has_an_exact_gradient_and_is_blind_to_scale() -> None:
    x, y, direction = codes(12, 2), noisy(codes(12, 2)), codes(12, 2, seed=5)
    options = {"epsilon": 0.02, "form": GromovForm.SCALE_FREE, **TIGHT}
    step = 1e-4
    above, below = (float(gromov_loss(x + sign * step * direction, y, **options).value) for sign in (1, -1))
    assert float(gromov_loss(7 * x, y / 3, **options).value) == pytest.approx(
        float(gromov_loss(x, y, **options).value), abs=1e-9
    )
    x.requires_grad_()
    y.requires_grad_()
    gx, gy = torch.autograd.grad(gromov_loss(x, y, **options).value, (x, y))
    assert float((gx * direction).sum()) == pytest.approx((above - below) / (2 * step), rel=1e-4)
    assert float((gx * x.detach()).sum()) == pytest.approx(0, abs=1e-9)
    assert float((gy * y.detach()).sum()) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("form", [GromovForm.DEBIASED, GromovForm.CROSS])
def test_the_other_forms_fall_as_codes_shrink(form: GromovForm) -> None:
    x, y = codes(25, 3).requires_grad_(), noisy(codes(25, 3)).requires_grad_()
    loss = gromov_loss(x, y, form=form, **TIGHT)
    gx, gy = torch.autograd.grad(loss.value, (x, y))
    assert float((gx * x.detach()).sum() + (gy * y.detach()).sum()) > 1e-3
    half = gromov_loss(x.detach() / 2, y.detach() / 2, form=form, **TIGHT)
    assert float(half.value) == pytest.approx(float(loss.value.detach()) / 4, rel=1e-6)


def test_badly_solved_self_terms_would_make_the_debiased_loss_negative_and_reward_growth() -> None:
    x, y = codes(20, 3), noisy(codes(20, 3))
    dx, dy = mean_normalised(distance_matrix(x)).distance, mean_normalised(distance_matrix(y)).distance
    good = gromov_loss(x, y, **TIGHT)
    independent = torch.full((20, 20), 1 / 400, dtype=torch.float64)
    wrong = 2 * gromov_energy(dx, dy, good.plan)
    wrong = wrong - gromov_energy(dx, dx, independent) - gromov_energy(dy, dy, independent)
    # Energies are quadratic in the scale: what is negative falls without bound as codes grow.
    assert float(wrong) < -0.1
    assert float(good.value) > 0
    with pytest.raises(NotConvergedError, match=r"does not meet its marginals after 1 iterations"):
        gromov_loss(x, y, iterations=1)
    with pytest.raises(NotConvergedError, match=r"side with itself still moved.*unbounded below"):
        selves([dx, dy], 0.005, 1, 1e-3)


def test_training_with_it_makes_codes_isometric() -> None:
    x, y = codes(16, 2), noisy(codes(16, 2)).requires_grad_()
    optimiser = torch.optim.Adam([y], lr=0.03)
    before = float(gromov_loss(x, y).value.detach())
    for _ in range(25):
        optimiser.zero_grad()
        gromov_loss(x, y).value.backward()
        optimiser.step()
    after = gromov_loss(x, y.detach())
    assert float(after.value) < 0.2 * before
    assert float(distance_matrix(y.detach()).mean() / distance_matrix(x).mean()) == pytest.approx(1, abs=0.05)


def test_single_precision_codes_get_single_precision_gradients() -> None:
    x, y = codes(20, 3, dtype=torch.float32).requires_grad_(), codes(20, 2, seed=1, dtype=torch.float32)
    loss = gromov_loss(x, y)
    assert loss.value.dtype == loss.plan.dtype == torch.float32
    assert not loss.plan.requires_grad
    assert not loss.energy.requires_grad
    (gradient,) = torch.autograd.grad(loss.value, x)
    assert gradient.dtype == torch.float32
    assert bool(gradient.isfinite().all())
    assert bool(gradient.any())


def test_codes_without_a_scale_and_bad_options_are_refused() -> None:
    x = codes(6, 2)
    with pytest.raises(ValueError, match=r"codes zy have collapsed: their mean distance is 0"):
        gromov_loss(x, torch.ones_like(x))
    with pytest.raises(ValueError, match=r"codes zx have exploded.*SCALE_FREE"):
        gromov_loss(1e6 * x, x)
    with pytest.raises(ValueError, match="not finite"):
        gromov_loss(x * math.nan, x)
    with pytest.raises(ValueError, match="epsilon must be positive"):
        gromov_loss(x, x, epsilon=0.0)
