"""Large problems on a CPU, solved by products: the same plans as by dense systems, sooner."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.transport.gromov import large
from udtlib.transport.gromov.energy import distance_matrix, gromov_energy, mean_normalised
from udtlib.transport.gromov.entropic import entropic_gromov
from udtlib.transport.gromov.starts import soft_profile_start
from udtlib.transport.sinkhorn import batched_sinkhorn


def spaces(n: int, m: int, *, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Distances between points of three clusters, and between a turned copy of some of them with noise."""
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    centres = 3 * torch.randn(3, 4, **options)
    x = centres[torch.randint(3, (n,), generator=generator)] + torch.randn(n, 4, **options)
    y = x[torch.arange(m) % n] @ torch.linalg.qr(torch.randn(4, 4, **options))[0]
    y = y + 0.2 * torch.randn(m, 4, **options)
    return mean_normalised(distance_matrix(x)).distance, mean_normalised(distance_matrix(y)).distance


def test_a_large_problem_is_solved_as_dense_systems_solve_it(monkeypatch: pytest.MonkeyPatch) -> None:
    dx, dy = spaces(270, 258)
    start = soft_profile_start(dx, dy)[0]
    linear = torch.rand(270, 258, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for options in ({}, {"linear": 0.1 * linear}):
        fast = entropic_gromov(dx, dy, epsilon=0.05, start=start, **options)
        with monkeypatch.context() as patch:
            patch.setattr(large, "LARGE", 10**9)
            slow = entropic_gromov(dx, dy, epsilon=0.05, start=start, **options)
        assert fast.converged
        assert slow.converged
        assert float((fast.plan - slow.plan).abs().sum()) < 1e-3
        torch.testing.assert_close(fast.energy, slow.energy, atol=0, rtol=1e-5)


@examples(4, deep=100)
@given(n=st.integers(256, 300), m=st.integers(256, 300), epsilon=st.sampled_from([0.01, 0.1, 1.0]))
def test_its_plan_solves_its_own_linearised_problem(n: int, m: int, epsilon: float) -> None:
    dx, dy = spaces(n, m, seed=n)
    found = entropic_gromov(dx, dy, epsilon=epsilon)
    assert found.converged
    assert found.marginal_error <= 1e-5
    cost = -4 * dx @ found.plan @ dy
    again = batched_sinkhorn(cost[None], epsilon=epsilon, tolerance=1e-9).or_raise().plan[0]
    assert float((again - found.plan).abs().sum()) < 1e-4
    torch.testing.assert_close(found.energy, gromov_energy(dx, dy, found.plan))


def test_single_precision_finds_the_plan_too() -> None:
    dx, dy = spaces(260, 260)
    start = soft_profile_start(dx, dy)[0]
    double = entropic_gromov(dx, dy, epsilon=0.05, start=start)
    single = entropic_gromov(dx.float(), dy.float(), epsilon=0.05, start=start.float())
    assert single.converged
    assert single.plan.dtype == torch.float32
    assert float((single.plan - double.plan).abs().sum()) < 1e-2


@pytest.mark.parametrize("iterations", [1, 3])
def test_too_few_steps_are_said(iterations: int) -> None:
    dx, dy = spaces(256, 256)
    stopped = entropic_gromov(dx, dy, epsilon=0.002, iterations=iterations, tolerance=1.0)
    assert not stopped.converged
    assert bool(stopped.plan.isfinite().all())


def test_samples_without_mass_are_left_to_dense_systems() -> None:
    dx, dy = spaces(256, 256)
    weight = torch.ones(256, dtype=torch.float64)
    weight[:6] = 0
    found = entropic_gromov(dx, dy, epsilon=0.1, source_weight=weight / weight.sum())
    assert float(found.plan[:6].sum()) == 0
    assert found.marginal_error <= 1e-5


@pytest.mark.parametrize("epsilon", [1e-300, 1e-12])
def test_an_epsilon_beyond_the_precision_leaves_a_finite_plan(epsilon: float) -> None:
    dx, dy = spaces(256, 256)
    found = entropic_gromov(dx, dy, epsilon=epsilon, iterations=3)
    assert bool(found.plan.isfinite().all())
    assert not found.converged
