"""The energy distance: brute force, no bias, a closed form on the line, and samples that follow its gradient."""

import math

import pytest
import torch

from udtlib.evaluate.distances import energy_distance_biased
from udtlib.losses.energy import energy_distance_unbiased
from udtlib.types import Tensor


def draw(*shape: int, seed: int, shift: float = 0.0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + shift


def by_hand(x: Tensor, y: Tensor) -> float:
    """Every pair one by one."""

    def mean(a: Tensor, b: Tensor, *, same: bool) -> float:
        pairs = [
            math.dist(a[i].flatten().tolist(), b[j].flatten().tolist())
            for i in range(len(a))
            for j in range(len(b))
            if not (same and i == j)
        ]
        return sum(pairs) / len(pairs)

    return 2 * mean(x, y, same=False) - mean(x, x, same=True) - mean(y, y, same=True)


def closed_form(shift: float) -> float:
    """Between N(0, 1) and N(shift, 1): x − y is N(shift, 2), whose absolute value has a known mean."""
    normal = 0.5 * (1 + math.erf(shift / 2))
    moved = 2 / math.sqrt(math.pi) * math.exp(-(shift**2) / 4) + shift * (2 * normal - 1)
    return 2 * (moved - 2 / math.sqrt(math.pi))


@pytest.mark.parametrize("sizes", [(2, 2), (7, 4), (30, 40)])
@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2, 2)])
def test_it_is_the_sum_over_all_pairs_of_different_samples(
    sizes: tuple[int, int], shape: tuple[int, ...]
) -> None:
    x, y = draw(sizes[0], *shape, seed=0), draw(sizes[1], *shape, seed=1, shift=0.5)
    assert float(energy_distance_unbiased(x, y)) == pytest.approx(by_hand(x, y), rel=1e-6, abs=1e-7)


def test_single_precision_agrees_with_double() -> None:
    x, y = draw(60, 8, seed=0), draw(50, 8, seed=1, shift=0.5)
    assert float(energy_distance_unbiased(x.float(), y.float())) == pytest.approx(by_hand(x, y), abs=1e-4)


def test_it_has_no_bias_and_the_distance_between_the_samples_has() -> None:
    """Equal laws: zero in the mean, and now and then below; with the pairs of a sample with itself, never."""
    pairs = [(draw(6, 2, seed=2 * k), draw(5, 2, seed=2 * k + 1)) for k in range(800)]
    values = torch.stack([energy_distance_unbiased(x, y) for x, y in pairs])
    biased = torch.tensor([energy_distance_biased(x, y) for x, y in pairs])
    error = float(values.std()) / math.sqrt(len(pairs))
    assert abs(float(values.mean())) < 3 * error
    assert float(values.min()) < 0
    assert float(biased.mean()) > 20 * error


def test_it_differs_from_the_evaluation_s_by_the_pairs_of_a_sample_with_itself() -> None:
    x, y = draw(12, 3, seed=0), draw(9, 3, seed=1, shift=0.5)
    within = [torch.pdist(each).mean().item() / len(each) for each in (x, y)]
    assert float(energy_distance_unbiased(x, y)) == pytest.approx(
        energy_distance_biased(x, y) - sum(within), rel=1e-6
    )


@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0])
def test_a_translated_gaussian_on_the_line(shift: float) -> None:
    """Quantiles in place of samples, which leaves hardly any error of chance."""
    rank = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000
    x = torch.special.ndtri(rank)[:, None]
    assert float(energy_distance_unbiased(x, x + shift)) == pytest.approx(closed_form(shift), abs=2e-3)


def test_far_apart_it_is_twice_the_way() -> None:
    """Two points on each side: 2 · 100 − 1 − 1."""
    x = torch.tensor([[0.0], [1.0]])
    assert float(energy_distance_unbiased(x, x + 100)) == pytest.approx(198)


def test_symmetric_and_blind_to_motions_and_a_unit_of_length() -> None:
    x, y = draw(9, 2, seed=0), draw(7, 2, seed=1, shift=1.0)
    value = float(energy_distance_unbiased(x, y))
    Q = torch.linalg.qr(draw(2, 2, seed=3))[0]
    assert float(energy_distance_unbiased(y, x)) == pytest.approx(value)
    assert float(energy_distance_unbiased(x @ Q + 3, y @ Q + 3)) == pytest.approx(value)
    assert float(energy_distance_unbiased(5 * x, 5 * y)) == pytest.approx(5 * value)


def test_the_gradient_is_that_of_the_formula_in_both_samples() -> None:
    x, y = draw(5, 2, seed=0).requires_grad_(), draw(4, 2, seed=1, shift=1.0).requires_grad_()
    assert torch.autograd.gradcheck(energy_distance_unbiased, (x, y))


def test_equal_samples_have_a_finite_gradient() -> None:
    """The root has no slope at zero: it is taken as zero, also between two samples at one place."""
    for count in (4, 40):
        x = torch.ones(count, 2, requires_grad=True)
        (gradient,) = torch.autograd.grad(energy_distance_unbiased(x, torch.ones(3, 2)), x)
        assert torch.equal(gradient, torch.zeros(count, 2))


def test_a_law_that_follows_the_gradient_becomes_the_target() -> None:
    """Both its place and its spread, from small batches."""
    m, s = torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)
    optimiser = torch.optim.Adam([m.requires_grad_(), s.requires_grad_()], lr=0.05)
    for k in range(400):
        optimiser.param_groups[0]["lr"] = 0.05 * (1 - k / 400)
        x, y = m + s * draw(40, 2, seed=2 * k), 3 + 0.3 * draw(40, 2, seed=2 * k + 1)
        optimiser.zero_grad()
        energy_distance_unbiased(x, y).backward()
        optimiser.step()
    torch.testing.assert_close(m.detach(), torch.full_like(m, 3.0), atol=0.05, rtol=0)
    torch.testing.assert_close(s.detach().abs(), torch.full_like(s, 0.3), atol=0.05, rtol=0)


def test_one_step_along_the_gradient_pulls_every_sample_towards_a_distant_target() -> None:
    x, y = draw(10, 2, seed=0).requires_grad_(), draw(12, 2, seed=1, shift=50.0)
    (gradient,) = torch.autograd.grad(energy_distance_unbiased(x, y), x)
    assert (gradient.sum(1) < 0).all()


@pytest.mark.parametrize("sizes", [(1, 5), (5, 1), (0, 5)])
def test_too_few_samples_are_refused(sizes: tuple[int, int]) -> None:
    x, y = (torch.zeros(size, 2) for size in sizes)
    with pytest.raises(ValueError, match=f"two samples on each side, got {sizes[0]} and {sizes[1]}"):
        energy_distance_unbiased(x, y)
