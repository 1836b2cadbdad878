"""The Sinkhorn divergence: its definition, its sign, its two limits and its gradient."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.divergence import sinkhorn_divergence
from udtlib.transport.exact import squared_wasserstein2
from udtlib.transport.result import NotConvergedError
from udtlib.transport.sinkhorn import entropic_coupling


def samples(n: int, m: int, *, dim: int = 2, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Two samples, in double precision."""
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    return torch.randn(n, dim, **options), 1.5 * torch.randn(m, dim, **options) + 0.5


@pytest.mark.parametrize("weight", [None, torch.tensor([2.0, 0.25], dtype=torch.float64)])
def test_equals_its_definition_by_pot(weight: torch.Tensor | None) -> None:
    x, y = samples(20, 15)

    def term(left: torch.Tensor, right: torch.Tensor) -> float:
        cost = squared_euclidean(left, right, weight=weight)
        return float(entropic_coupling(cost, epsilon=0.7, tolerance=1e-12).or_raise().value)

    expected = term(x, y) - (term(x, x) + term(y, y)) / 2
    ours = sinkhorn_divergence(x, y, epsilon=0.7, weight=weight, tolerance=1e-10)
    assert float(ours) == pytest.approx(expected, abs=1e-9)


@examples(25)
@given(
    n=st.integers(1, 12),
    m=st.integers(1, 12),
    seed=st.integers(0, 10**6),
    epsilon=st.sampled_from([0.1, 1.0, 20.0]),
)
def test_is_never_negative_symmetric_and_zero_for_equal_samples(
    n: int, m: int, seed: int, epsilon: float
) -> None:
    x, y = samples(n, m, seed=seed)
    options = {"epsilon": epsilon, "tolerance": 1e-8, "iterations": 2_000}
    divergence = float(sinkhorn_divergence(x, y, **options))
    assert divergence >= -1e-9
    assert divergence == pytest.approx(float(sinkhorn_divergence(y, x, **options)), abs=1e-7)
    assert float(sinkhorn_divergence(x, x.flip(0), **options)) == pytest.approx(0, abs=1e-9)


def test_lies_between_the_distance_of_means_and_the_wasserstein_distance() -> None:
    x, y = samples(30, 30)
    means = float((x.mean(0) - y.mean(0)).square().sum())
    assert float(sinkhorn_divergence(x, y, epsilon=1e5)) == pytest.approx(means, rel=1e-3)
    small = sinkhorn_divergence(x, y, epsilon=2e-3)
    assert float(small) == pytest.approx(float(squared_wasserstein2(x, y)), rel=2e-2)


def test_translations_cost_their_square_for_every_epsilon() -> None:
    x, _ = samples(25, 1)
    for epsilon in (0.1, 1.0, 10.0):
        divergence = sinkhorn_divergence(x, x + 2.0, epsilon=epsilon, tolerance=1e-8)
        assert float(divergence) == pytest.approx(8.0, abs=1e-6)


def test_gradients_agree_with_finite_differences() -> None:
    x, y = samples(4, 5)
    x.requires_grad_()
    y.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x, y: sinkhorn_divergence(x, y, epsilon=0.5, tolerance=1e-12), (x, y)
    )
    (gradient,) = torch.autograd.grad(sinkhorn_divergence(x, x.detach(), epsilon=0.5, tolerance=1e-10), x)
    assert float(gradient.abs().max()) < 1e-6


def test_as_a_loss_it_moves_samples_onto_the_target_without_shrinking_them() -> None:
    x, y = samples(40, 40)
    x.requires_grad_()
    optimiser = torch.optim.SGD([x], lr=10.0)
    for _ in range(60):
        optimiser.zero_grad()
        sinkhorn_divergence(x, y, epsilon=0.5).backward()
        optimiser.step()
    x = x.detach()
    assert float(squared_wasserstein2(x, y)) < 0.03
    assert float(x.var(dim=0).sum() / y.var(dim=0).sum()) == pytest.approx(1, abs=0.05)


def test_images_in_single_precision_and_a_fixed_number_of_steps() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.rand(8, 1, 4, 4, generator=generator), torch.rand(9, 1, 4, 4, generator=generator)
    full = sinkhorn_divergence(x, y, epsilon=0.5, tolerance=1e-5)
    assert full.dtype == torch.float32
    assert float(sinkhorn_divergence(x, y, epsilon=0.5, iterations=30, tolerance=None)) == pytest.approx(
        float(full), rel=1e-4
    )


def test_steps_that_do_not_suffice_are_an_error_unless_accepted() -> None:
    x, y = samples(30, 30)
    with pytest.raises(NotConvergedError, match=r"after 10 iterations.*tolerance=None"):
        sinkhorn_divergence(x, y, epsilon=1e-3, iterations=10)
    assert math.isfinite(float(sinkhorn_divergence(x, y, epsilon=1e-3, iterations=10, tolerance=None)))


def test_bad_input_is_refused() -> None:
    x, y = samples(3, 4)
    with pytest.raises(ValueError, match="epsilon must be positive"):
        sinkhorn_divergence(x, y, epsilon=0.0)
    with pytest.raises(ValueError, match="tolerance must be positive"):
        sinkhorn_divergence(x, y, epsilon=1.0, tolerance=-1.0)
    with pytest.raises(ValueError, match="not finite"):
        sinkhorn_divergence(x * math.nan, y, epsilon=1.0)
    with pytest.raises(ValueError, match="single or double precision"):
        sinkhorn_divergence(x.half(), y.half(), epsilon=1.0)
    with pytest.raises(ValueError, match="samples on both sides"):
        sinkhorn_divergence(x[:0], y, epsilon=1.0)
