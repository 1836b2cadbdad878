"""Entropic Gromov-Wasserstein plans against POT, their optimality conditions, and what small epsilons do."""

import math

import ot
import pytest
import torch

from udtlib.transport.gromov.energy import distance_matrix, gromov_energy, mean_normalised, plan_entropy
from udtlib.transport.gromov.entropic import batched_gromov, entropic_gromov
from udtlib.transport.result import NotConvergedError
from udtlib.transport.sinkhorn import batched_sinkhorn

#: With these POT is as good as its arithmetic.
EXACT = {"tol": 1e-10, "max_iter": 500, "numItermax": 2000, "stopThr": 1e-10, "warmstart": True}


def space(n: int, d: int, *, seed: int = 0) -> torch.Tensor:
    """Mean-normalised distances between Gaussian points, some of them in clusters."""
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    points = torch.randn(n, d, **options) + 3 * torch.randn(4, d, **options)[torch.arange(n) % 4]
    return mean_normalised(distance_matrix(points)).distance


def weights(n: int, *, seed: int = 0) -> torch.Tensor:
    """Uneven masses."""
    raw = torch.rand(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 0.2
    return raw / raw.sum()


@pytest.mark.parametrize("epsilon", [0.1, 0.2, 0.5])
def test_agrees_with_pot(epsilon: float) -> None:
    dx, dy, a, b = space(20, 3), space(16, 2, seed=1), weights(20), weights(16, seed=1)
    problem = [part.numpy() for part in (dx, dy, a, b)]
    expected = torch.as_tensor(ot.gromov.entropic_gromov_wasserstein(*problem, epsilon=epsilon, **EXACT))
    options = {"source_weight": a[None], "target_weight": b[None], "tolerance": 1e-9, "iterations": 3000}
    ours = batched_gromov(dx[None], dy[None], epsilon=epsilon, **options).or_raise()
    assert float(ours.energy) == pytest.approx(float(gromov_energy(dx, dy, expected)), rel=1e-4)
    torch.testing.assert_close(ours.plan[0], expected, atol=1e-6, rtol=0)


def test_agrees_with_pot_on_fused_problems_of_different_sizes() -> None:
    dx, dy = space(15, 3), space(12, 2, seed=1)
    cost = torch.rand(15, 12, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    # POT weighs (1 - α) C + α E, so that half of ours is its problem with half of epsilon.
    problem = [part.numpy() for part in (cost, dx, dy)]
    expected = torch.as_tensor(
        ot.gromov.entropic_fused_gromov_wasserstein(*problem, epsilon=0.05, alpha=0.5, **EXACT)
    )
    ours = batched_gromov(dx[None], dy[None], epsilon=0.1, linear=cost[None], tolerance=1e-9, iterations=3000)
    torch.testing.assert_close(ours.or_raise().plan[0], expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(ours.energy[0], gromov_energy(dx, dy, expected) + (cost * expected).sum())


def test_a_large_linear_term_decides_alone() -> None:
    dx, dy = space(12, 3), space(12, 2, seed=1)
    cost = torch.rand(12, 12, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    fused = batched_gromov(dx[None], dy[None], epsilon=20.0, linear=1000 * cost[None], tolerance=1e-8)
    alone = batched_sinkhorn(cost[None], epsilon=0.02, tolerance=1e-8).or_raise()
    torch.testing.assert_close(fused.or_raise().plan, alone.plan, atol=1e-3, rtol=0)


def test_a_stationary_plan_solves_its_own_linearised_problem() -> None:
    dx, dy, a, b = space(14, 3), space(11, 2, seed=1), weights(14), weights(11, seed=1)
    options = {"source_weight": a[None], "target_weight": b[None]}
    plan = batched_gromov(dx[None], dy[None], epsilon=0.02, tolerance=1e-10, **options).or_raise().plan
    cost = -4 * dx @ plan @ dy
    again = batched_sinkhorn(cost, epsilon=0.02, tolerance=1e-11, **options).or_raise()
    torch.testing.assert_close(again.plan, plan, atol=1e-7, rtol=0)
    torch.testing.assert_close(plan[0].sum(1), a, atol=1e-9, rtol=0)
    torch.testing.assert_close(plan[0].sum(0), b, atol=1e-9, rtol=0)


def test_no_step_raises_the_objective_and_their_limit_is_what_the_solver_finds() -> None:
    dx, dy, epsilon = space(20, 3)[None], space(20, 2, seed=1)[None], 0.02
    plan, values = torch.full((1, 20, 20), 1 / 400, dtype=torch.float64), []
    for _ in range(25):
        plan = batched_sinkhorn(-4 * dx @ plan @ dy, epsilon=epsilon, tolerance=1e-10).or_raise().plan
        values.append(float(gromov_energy(dx, dy, plan)) - epsilon * float(plan_entropy(plan)))
    assert all(later <= earlier + 1e-10 for earlier, later in zip(values[:-1], values[1:], strict=True))
    assert values[-1] < values[0] - 1e-3
    polished = batched_gromov(dx, dy, epsilon=epsilon, start=plan, tolerance=1e-8).or_raise()
    torch.testing.assert_close(polished.plan, plan, atol=1e-3, rtol=0)


def test_entropy_makes_plans_denser_and_in_the_limit_independent() -> None:
    d = space(20, 3)[None]
    epsilons = (0.005, 0.05, 0.5, 50.0)
    plans = [
        batched_gromov(d, d, epsilon=epsilon, iterations=1000).or_raise().plan[0] for epsilon in epsilons
    ]
    entropies = [float(plan_entropy(plan)) for plan in plans]
    dense = [int((plan > 1e-5).sum()) for plan in plans]
    assert entropies == sorted(entropies)
    assert dense == sorted(dense)
    assert dense[0] < dense[-1] == 400
    torch.testing.assert_close(plans[-1], torch.full_like(plans[-1], 1 / 400), atol=1e-4, rtol=0)


def test_scaling_both_sides_scales_the_energy_by_the_square() -> None:
    dx, dy = space(15, 3)[None], space(15, 2, seed=1)[None]
    one = batched_gromov(dx, dy, epsilon=0.02, tolerance=1e-9).or_raise()
    scaled = batched_gromov(3 * dx, 3 * dy, epsilon=9 * 0.02, tolerance=1e-9).or_raise()
    torch.testing.assert_close(scaled.plan, one.plan)
    torch.testing.assert_close(scaled.energy, 9 * one.energy)


def test_every_problem_of_a_batch_is_solved_as_if_alone() -> None:
    dx = torch.stack([space(12, 3, seed=seed) for seed in range(4)])
    dy = torch.stack([space(12, 2, seed=10 + seed) for seed in range(4)])
    together = batched_gromov(dx, dy, epsilon=0.02, tolerance=1e-8).or_raise()
    assert len(together) == 4
    for k in range(4):
        alone = batched_gromov(dx[k : k + 1], dy[k : k + 1], epsilon=0.02, tolerance=1e-8)
        torch.testing.assert_close(together.plan[k], alone.plan[0], atol=1e-7, rtol=0)
        torch.testing.assert_close(together[k].energy, alone[0].energy)


@pytest.mark.parametrize("weighted", [False, True])
def test_one_problem_needs_no_batch_axis_and_gets_none(weighted: bool) -> None:
    dx, dy = space(12, 3), space(10, 2, seed=1)
    cost = torch.rand(12, 10, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    options = {"epsilon": 0.05, "tolerance": 1e-8}
    given = {"linear": cost, "start": torch.full((12, 10), 1 / 120, dtype=torch.float64)}
    if weighted:
        given |= {"source_weight": weights(12), "target_weight": weights(10, seed=1)}
    one = entropic_gromov(dx, dy, **options, **given).or_raise()
    many = batched_gromov(dx[None], dy[None], **options, **{k: v[None] for k, v in given.items()})
    assert one.plan.shape == (12, 10)
    assert torch.equal(one.plan, many.plan[0])
    assert float(one.energy) == float(many.energy[0])
    assert one.epsilon == 0.05


def test_the_wrong_number_of_axes_names_the_other_function() -> None:
    d = space(4, 2)
    with pytest.raises(ValueError, match=r"shape \(4, 4\), not \(batch, n, n\).* entropic_gromov"):
        batched_gromov(d, d, epsilon=1.0)
    with pytest.raises(ValueError, match=r"shape \(1, 4, 4\), not \(n, n\).* batched_gromov"):
        entropic_gromov(d[None], d[None], epsilon=1.0)


def test_samples_without_mass_take_no_part() -> None:
    dx, dy, a, b = space(12, 3), space(10, 2, seed=1), weights(12), weights(10, seed=1)
    a[3], b[0] = 0, 0
    a, b = a / a.sum(), b / b.sum()
    options = {"source_weight": a[None], "target_weight": b[None]}
    plan = batched_gromov(dx[None], dy[None], epsilon=0.02, **options).or_raise().plan[0]
    assert float(plan[3].sum()) == float(plan[:, 0].sum()) == 0
    kept = torch.arange(12) != 3
    rest = batched_gromov(
        dx[None, kept][:, :, kept],
        dy[None, 1:, 1:],
        epsilon=0.02,
        source_weight=a[None, kept],
        target_weight=b[None, 1:],
    )
    torch.testing.assert_close(plan[kept][:, 1:], rest.or_raise().plan[0], atol=1e-4, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("epsilon", [1e-2, 1e-4, 1e-6, 1e-9, 1e-37])
def test_no_epsilon_gives_an_empty_plan_or_nan(dtype: torch.dtype, epsilon: float) -> None:
    dx, dy = space(30, 3).to(dtype), space(30, 2, seed=1).to(dtype)
    result = batched_gromov(dx[None], dy[None], epsilon=epsilon, iterations=20, tolerance=1e-4)
    assert bool(result.plan.isfinite().all())
    assert bool(result.energy.isfinite().all())
    assert 0.3 < float(result.plan.sum()) < 1.7
    if epsilon <= 1e-9 and dtype == torch.float32:
        assert not bool(result.converged.any())
        assert "too small for torch.float32" in result[0].reason
        with pytest.raises(NotConvergedError, match=r"too small for torch.float32.*larger epsilon"):
            result.or_raise()


def test_single_precision_finds_the_same_plan() -> None:
    dx, dy = space(40, 4)[None], space(40, 4, seed=1)[None]
    double = batched_gromov(dx, dy, epsilon=0.005, tolerance=1e-6, iterations=500).or_raise()
    start = 0.9 * double.plan + 0.1 / 1600
    single = batched_gromov(dx.float(), dy.float(), start=start.float(), epsilon=0.005, tolerance=1e-4)
    assert single.or_raise().plan.dtype == torch.float32
    assert float(single.energy) == pytest.approx(float(double.energy), rel=1e-2)


def test_single_precision_comes_to_rest_as_soon_as_its_rounding_allows() -> None:
    dx, dy = space(40, 4)[None], space(40, 4, seed=1)[None]
    for epsilon in (0.01, 0.05):
        double = batched_gromov(dx, dy, epsilon=epsilon, tolerance=1e-6).or_raise()
        # No step of its own moves less than its rounding, which is more than the tolerance.
        single = batched_gromov(dx.float(), dy.float(), epsilon=epsilon, tolerance=1e-6).or_raise()
        assert 1e-6 < float(single.resolution) < 1e-3
        assert float(single.plan_change) <= float(single.resolution)
        assert single.iterations <= double.iterations
        assert float(single.energy) == pytest.approx(float(double.energy), rel=1e-3)
        torch.testing.assert_close(single.plan.double(), double.plan, atol=1e-4, rtol=0)


def test_too_few_iterations_never_pass_in_silence() -> None:
    dx, dy = space(20, 3)[None], space(20, 2, seed=1)[None]
    result = batched_gromov(dx, dy, epsilon=0.005, iterations=2)
    assert result.converged.tolist() == [False]
    with pytest.raises(NotConvergedError, match=r"1 of 1 problems.*after 2 iterations.*more iterations"):
        result.or_raise()
    with pytest.raises(NotConvergedError, match="larger epsilon"):
        result[0].greedy()
    assert repr(result) == "<Gromov couplings: 1 × 20 × 20, 0 of 1 converged>"


def test_bad_input_is_refused() -> None:
    d = space(4, 2)[None]
    for epsilon, wanted in ((0.0, "positive"), (-1.0, "positive"), (math.nan, "a fin"), (math.inf, "a fin")):
        with pytest.raises(ValueError, match=f"epsilon must be {wanted}"):
            batched_gromov(d, d, epsilon=epsilon)
    with pytest.raises(ValueError, match="dx must be finite"):
        batched_gromov(d * math.nan, d, epsilon=1.0)
    with pytest.raises(ValueError, match="dy must be at least 0"):
        batched_gromov(d, -d, epsilon=1.0)
    with pytest.raises(ValueError, match="source_weight must be at least 0 and sum to 1"):
        batched_gromov(d, d, epsilon=1.0, source_weight=torch.zeros(1, 4))
    with pytest.raises(ValueError, match="sinkhorn_steps=0"):
        batched_gromov(d, d, epsilon=1.0, sinkhorn_steps=0)
    with pytest.raises(ValueError, match="share precision"):
        batched_gromov(d, d.float(), epsilon=1.0)
    with pytest.raises(ValueError, match="start must be a plan"):
        batched_gromov(d, d, epsilon=1.0, start=torch.ones(1, 4, 4))
    with pytest.raises(ValueError, match="finite costs"):
        batched_gromov(d, d, epsilon=1.0, linear=torch.full((1, 4, 4), math.nan))
    with pytest.raises(ValueError, match="at least one iteration"):
        batched_gromov(d, d, epsilon=1.0, iterations=0)
