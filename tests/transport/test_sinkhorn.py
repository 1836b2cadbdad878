"""Entropic transport against POT, its own optimality conditions, and limits that are known."""

import math

import ot
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling
from udtlib.transport.result import NotConvergedError
from udtlib.transport.sinkhorn import batched_sinkhorn, entropic_coupling


def problem(
    n: int, m: int, *, seed: int = 0, dim: int = 3
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A cost matrix and uneven weights, in double precision."""
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    cost = squared_euclidean(torch.randn(n, dim, **options), torch.randn(m, dim, **options) + 0.5)
    a, b = torch.rand(n, **options) + 0.1, torch.rand(m, **options) + 0.1
    return cost, a / a.sum(), b / b.sum()


def divergence_from_product(plan: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """KL(P | a⊗b), with 0 log 0 = 0."""
    product = a[:, None] * b
    return torch.xlogy(plan, plan / product).nansum() - plan.sum() + 1


@pytest.mark.parametrize("epsilon", [10.0, 1.0, 0.1])
def test_both_solvers_agree_with_pot(epsilon: float) -> None:
    cost, a, b = problem(12, 9)
    expected = torch.as_tensor(
        ot.sinkhorn(a, b, cost, epsilon, method="sinkhorn_log", stopThr=1e-13, numItermax=10**5)
    )
    ours = batched_sinkhorn(
        cost[None], epsilon=epsilon, source_weight=a[None], target_weight=b[None], tolerance=1e-12
    )
    single = entropic_coupling(cost, epsilon=epsilon, source_weight=a, target_weight=b, tolerance=1e-12)
    value = (expected * cost).sum() + epsilon * divergence_from_product(expected, a, b)
    for coupling in (ours.or_raise()[0], single.or_raise()):
        torch.testing.assert_close(coupling.plan, expected, atol=1e-9, rtol=1e-6)
        torch.testing.assert_close(coupling.value, value, atol=1e-9, rtol=1e-9)
        torch.testing.assert_close(coupling.cost, (expected * cost).sum(), atol=1e-9, rtol=1e-9)
        assert coupling.epsilon == epsilon
        from_potentials = a[:, None] * b * torch.exp((coupling.f[:, None] + coupling.g - cost) / epsilon)
        torch.testing.assert_close(coupling.plan, from_potentials, atol=1e-12, rtol=1e-9)
    # the constant is fixed, so the potentials agree without a shift
    torch.testing.assert_close(ours.f[0], single.f, atol=1e-8, rtol=1e-8)
    torch.testing.assert_close(ours.g[0], single.g, atol=1e-8, rtol=1e-8)
    assert float(a @ single.f) == pytest.approx(float(b @ single.g))


def test_every_problem_of_a_batch_is_solved_as_if_alone() -> None:
    cost = torch.stack([problem(7, 8, seed=seed)[0] for seed in range(4)])
    epsilon = torch.tensor([5.0, 0.5, 0.05, 0.02], dtype=torch.float64)
    together = batched_sinkhorn(cost, epsilon=epsilon, tolerance=1e-11).or_raise()
    for k in range(4):
        alone = batched_sinkhorn(cost[k : k + 1], epsilon=float(epsilon[k]), tolerance=1e-11)
        torch.testing.assert_close(together.plan[k], alone.plan[0], atol=1e-10, rtol=1e-7)
        torch.testing.assert_close(together[k].value, alone[0].value)
    assert len(together) == len(list(together)) == 4
    assert repr(together) == "<couplings: 4 × 7 × 8, 4 of 4 converged>"


@pytest.mark.parametrize("shape", [(20, 20), (25, 10), (10, 25)])
def test_a_tiny_epsilon_comes_close_to_the_exact_plan(shape: tuple[int, int]) -> None:
    cost, a, b = problem(*shape, dim=2)
    epsilon = 1e-3 * float(cost.mean())
    exact = optimal_coupling(cost, source_weight=a, target_weight=b)
    weights = {"source_weight": a[None], "target_weight": b[None]}
    coupling = batched_sinkhorn(cost[None], epsilon=epsilon, tolerance=1e-9, **weights).or_raise()[0]
    assert bool(torch.isfinite(coupling.f).all())
    from_potentials = a[:, None] * b * torch.exp((coupling.f[:, None] + coupling.g - cost) / epsilon)
    torch.testing.assert_close(coupling.plan, from_potentials, atol=1e-12, rtol=1e-8)
    # the optimum lies between the exact one and what the exact plan costs with its entropy
    most = float(exact.cost) + epsilon * float(divergence_from_product(exact.plan, a, b))
    assert float(exact.cost) - 1e-9 <= float(coupling.value) <= most + 1e-9
    assert float(coupling.cost) == pytest.approx(float(exact.cost), abs=3 * epsilon)


def test_newton_and_sinkhorn_and_pot_find_the_same_plan() -> None:
    cost = torch.stack([problem(12, 10, seed=seed)[0] for seed in range(3)])
    epsilon = 0.03 * float(cost.mean())
    newton = batched_sinkhorn(cost, epsilon=epsilon, tolerance=1e-9).or_raise()
    options = {"epsilon": epsilon, "tolerance": 1e-8, "iterations": 500_000}
    sinkhorn = batched_sinkhorn(cost, newton=False, **options).or_raise()
    assert newton.iterations < 200 < 300 < sinkhorn.iterations
    torch.testing.assert_close(newton.plan, sinkhorn.plan, atol=1e-6, rtol=0)
    torch.testing.assert_close(newton.f, sinkhorn.f, atol=1e-4, rtol=0)
    pot = entropic_coupling(cost[0], **options).or_raise()
    torch.testing.assert_close(newton.plan[0], pot.plan, atol=1e-6, rtol=0)


def test_newton_copes_with_samples_without_mass_and_with_single_precision() -> None:
    cost, a, b = problem(15, 12)
    a[:3], b[-2:] = 0, 0
    a, b = a / a.sum(), b / b.sum()
    epsilon = 2e-3 * float(cost.mean())
    weights = {"source_weight": a[None], "target_weight": b[None]}
    double = batched_sinkhorn(cost[None], epsilon=epsilon, tolerance=1e-9, **weights).or_raise()
    assert double.iterations > 200
    assert bool(torch.isfinite(torch.cat([double.plan.flatten(), double.f[0], double.g[0]])).all())
    single = batched_sinkhorn(cost[None].float(), epsilon=epsilon, tolerance=1e-5, **weights).or_raise()
    assert single.plan.dtype == torch.float32
    torch.testing.assert_close(single.value.double(), double.value, rtol=1e-5, atol=0)


def test_entropy_makes_plans_denser_and_dearer_and_in_the_limit_independent() -> None:
    cost, a, b = problem(15, 15)
    plans = [
        entropic_coupling(cost, epsilon=epsilon, source_weight=a, target_weight=b).or_raise()
        for epsilon in (0.1, 1.0, 10.0, 1e6)
    ]
    counts = [int((coupling.plan > 1e-6).sum()) for coupling in plans]
    costs = [float(coupling.cost) for coupling in plans]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] == 15 * 15
    assert costs == sorted(costs)
    torch.testing.assert_close(plans[-1].plan, a[:, None] * b, atol=1e-6, rtol=1e-4)


@examples(25)
@given(
    n=st.integers(1, 6),
    m=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    epsilon=st.sampled_from([0.05, 0.3, 3.0]),
    idle=st.booleans(),
)
def test_plans_obey_the_optimality_conditions(n: int, m: int, seed: int, epsilon: float, idle: bool) -> None:
    cost, a, b = problem(n, m, seed=seed)
    if idle and min(n, m) > 1:
        a[0], b[-1] = 0, 0
        a, b = a / a.sum(), b / b.sum()
    batched = batched_sinkhorn(
        cost[None],
        epsilon=epsilon,
        source_weight=a[None],
        target_weight=b[None],
        tolerance=1e-9,
        iterations=1_000,
    )
    plan, f, g = batched.or_raise()[0].plan, batched.f[0], batched.g[0]
    assert bool(torch.isfinite(torch.cat([plan.flatten(), f, g])).all())
    assert float((plan.sum(1) - a).abs().sum() + (plan.sum(0) - b).abs().sum()) <= 1.1e-9
    torch.testing.assert_close(plan, a[:, None] * b * torch.exp((f[:, None] + g - cost) / epsilon))
    primal = (cost * plan).sum() + epsilon * divergence_from_product(plan, a, b)
    torch.testing.assert_close(batched.value[0], primal, atol=1e-7, rtol=1e-7)


def test_samples_without_mass_get_no_mass_and_the_potential_that_formula_gives_them() -> None:
    cost, a, b = problem(5, 4)
    a[2], b[0] = 0, 0
    a, b = a / a.sum(), b / b.sum()
    epsilon = 0.5
    pot = entropic_coupling(
        cost, epsilon=epsilon, source_weight=a, target_weight=b, tolerance=1e-11
    ).or_raise()
    ours = batched_sinkhorn(
        cost[None], epsilon=epsilon, source_weight=a[None], target_weight=b[None], tolerance=1e-11
    ).or_raise()[0]
    assert float(ours.plan[2].sum()) == float(ours.plan[:, 0].sum()) == 0
    expected = -epsilon * torch.logsumexp((ours.g - cost[2]) / epsilon + b.log(), dim=0)
    torch.testing.assert_close(ours.f[2], expected)
    torch.testing.assert_close(ours.plan, pot.plan, atol=1e-9, rtol=1e-7)
    torch.testing.assert_close(ours.f, pot.f, atol=1e-8, rtol=1e-7)


@pytest.mark.parametrize("unrolled", [False, True])
def test_the_gradient_of_the_value_is_the_plan(unrolled: bool) -> None:
    cost = torch.stack([problem(4, 5, seed=seed)[0] for seed in (0, 1)]).requires_grad_()
    epsilon = torch.tensor([0.5, 2.0], dtype=torch.float64)

    def value(cost: torch.Tensor) -> torch.Tensor:
        return batched_sinkhorn(cost, epsilon=epsilon, tolerance=1e-12, unrolled=unrolled).value

    assert torch.autograd.gradcheck(value, (cost,))
    batched = batched_sinkhorn(cost, epsilon=epsilon, tolerance=1e-12, unrolled=unrolled)
    (gradient,) = torch.autograd.grad(batched.value.sum(), cost)
    torch.testing.assert_close(gradient, batched.plan.detach(), atol=1e-9, rtol=1e-7)


def test_plan_and_cost_have_gradients_only_where_steps_are_recorded() -> None:
    cost = problem(4, 5)[0][None].requires_grad_()

    def plan(cost: torch.Tensor) -> torch.Tensor:
        return batched_sinkhorn(cost, epsilon=1.0, tolerance=1e-12, unrolled=True).plan

    assert torch.autograd.gradcheck(plan, (cost,))
    enveloped = batched_sinkhorn(cost, epsilon=1.0)
    assert enveloped.value.requires_grad
    assert not any(part.requires_grad for part in (enveloped.plan, enveloped.cost, enveloped.f, enveloped.g))


def test_single_precision_meets_its_tolerance() -> None:
    cost = torch.stack([problem(50, 60, seed=seed, dim=20)[0] for seed in range(3)])
    epsilon = 0.02 * float(cost.mean())
    single = batched_sinkhorn(cost.float(), epsilon=epsilon, tolerance=1e-4).or_raise()
    double = batched_sinkhorn(cost, epsilon=epsilon, tolerance=1e-9).or_raise()
    assert single.plan.dtype == single.value.dtype == torch.float32
    torch.testing.assert_close(single.value.double(), double.value, rtol=1e-4, atol=0)


def test_too_few_iterations_never_pass_in_silence() -> None:
    cost = torch.stack([problem(30, 30, seed=seed)[0] for seed in range(2)])
    batched = batched_sinkhorn(cost, epsilon=torch.tensor([100.0, 1e-3], dtype=torch.float64), iterations=20)
    assert batched.converged.tolist() == [True, False]
    assert batched.iterations == 20
    with pytest.raises(NotConvergedError, match=r"1 of 2 problems.*larger epsilon") as caught:
        batched.or_raise()
    assert caught.value.marginal_error == pytest.approx(float(batched.marginal_error[1]))
    batched[0].or_raise()
    with pytest.raises(NotConvergedError, match="larger epsilon"):
        batched[1].or_raise()
    single = entropic_coupling(cost[0], epsilon=1e-3, iterations=20)
    assert "stopped early" in repr(single)
    with pytest.raises(NotConvergedError, match="larger epsilon"):
        single.barycentric(torch.zeros(30, 2))


def test_bad_input_is_refused() -> None:
    cost = torch.ones(2, 3, 3)
    for epsilon, wanted in ((0.0, "positive"), (-1.0, "positive"), (math.nan, "a fin"), (math.inf, "a fin")):
        with pytest.raises(ValueError, match=f"epsilon must be {wanted}"):
            batched_sinkhorn(cost, epsilon=epsilon)
        with pytest.raises(ValueError, match=f"epsilon must be {wanted}"):
            entropic_coupling(cost[0], epsilon=epsilon)
    with pytest.raises(ValueError, match="epsilon must be positive"):
        batched_sinkhorn(cost, epsilon=torch.tensor([1.0, 0.0]))
    for bad in (torch.tensor([[1.0, math.nan]]), torch.ones(0, 3)):
        with pytest.raises(ValueError, match="finite costs and samples on both sides"):
            batched_sinkhorn(bad[None], epsilon=1.0)
        with pytest.raises(ValueError, match="finite costs and samples on both sides"):
            entropic_coupling(bad, epsilon=1.0)
    for weight in ([0.5, 0.6, 0.1], [-0.5, 1.5, 0.0], [math.nan, 1.0, 0.0]):
        with pytest.raises(ValueError, match="source_weight must be at least 0 and sum to 1"):
            entropic_coupling(cost[0], epsilon=1.0, source_weight=torch.tensor(weight))
        with pytest.raises(ValueError, match="target_weight must be at least 0 and sum to 1"):
            batched_sinkhorn(cost, epsilon=1.0, target_weight=torch.tensor([[1.0, 0.0, 0.0], weight]))
    with pytest.raises(ValueError, match="at least one iteration"):
        batched_sinkhorn(cost, epsilon=1.0, iterations=0)
    with pytest.raises(ValueError, match="tolerance must be positive"):
        entropic_coupling(cost[0], epsilon=1.0, tolerance=0.0)
    with pytest.raises(ValueError, match="single or double precision"):
        batched_sinkhorn(cost.half(), epsilon=1.0)


@pytest.mark.parametrize("epsilon", [1e-6, 1e-8, 1e-10, 1e-13, 1e-16])
def test_an_extreme_epsilon_ends_soon_with_a_plan_or_a_verdict(epsilon: float) -> None:
    cost, _, _ = problem(20, 20, dim=2)
    cost = cost / cost.max()
    result = batched_sinkhorn(cost[None], epsilon=epsilon, tolerance=1e-5)
    assert result.iterations < 2_000
    assert bool(result.plan.isfinite().all())
    if epsilon >= 1e-10:  # below, the exponents have no digits left
        assert result.converged.tolist() == [True]
        assert float(result.cost) == pytest.approx(float(optimal_coupling(cost).cost), rel=1e-3)
    assert float(result.marginal_error) < 0.1 or not bool(result.converged)


@examples(15)
@given(
    n=st.integers(1, 40),
    m=st.integers(1, 40),
    seed=st.integers(0, 10**6),
    share=st.sampled_from([1e-3, 1e-2, 0.1, 1.0, 100.0]),
    offset=st.sampled_from([-1e3, 0.0, 1e3]),
)
def test_products_on_a_kernel_give_the_plan_that_belongs_to_their_potentials(
    n: int, m: int, seed: int, share: float, offset: float
) -> None:
    cost, a, b = problem(n, m, seed=seed)
    cost = torch.stack([cost / cost.max(), (cost / cost.max()).flip(0)]) + offset
    weights = {"source_weight": torch.stack([a, a.flip(0)]), "target_weight": torch.stack([b, b])}
    result = batched_sinkhorn(cost, epsilon=share, tolerance=1e-8, **weights).or_raise()
    for k in range(2):
        own_a, own_b = weights["source_weight"][k], b
        plan, f, g = result.plan[k], result.f[k], result.g[k]
        assert float((plan.sum(1) - own_a).abs().sum() + (plan.sum(0) - own_b).abs().sum()) <= 1.1e-8
        from_potentials = own_a[:, None] * own_b * torch.exp((f[:, None] + g - cost[k]) / share)
        torch.testing.assert_close(plan, from_potentials, rtol=1e-6, atol=1e-12)
        assert float(own_a @ f) == pytest.approx(float(own_b @ g), abs=1e-6)
    torch.testing.assert_close(result.cost, (result.plan * cost).sum(dim=(1, 2)))
    # The second problem is the first with its source in another order.
    torch.testing.assert_close(result.plan[1].flip(0), result.plan[0], rtol=1e-3, atol=1e-7)


def test_easy_and_hard_problems_of_one_batch_do_not_wait_for_each_other() -> None:
    cost = torch.stack([problem(25, 25, seed=seed)[0] for seed in range(3)])
    epsilon = torch.tensor([1e-7, 0.5, 0.02], dtype=torch.float64) * float(cost.max())
    together = batched_sinkhorn(cost, epsilon=epsilon, tolerance=1e-8).or_raise()
    for k in range(3):
        alone = batched_sinkhorn(cost[k : k + 1], epsilon=float(epsilon[k]), tolerance=1e-8).or_raise()
        torch.testing.assert_close(together.plan[k], alone.plan[0], rtol=1e-4, atol=1e-7)
        torch.testing.assert_close(together.value[k], alone.value[0])
        assert float(together[k].cost) == pytest.approx(float((together.plan[k] * cost[k]).sum()))


def test_costs_that_are_not_finite_are_seen_where_they_are_read() -> None:
    cost = torch.rand(3, 4, 4)
    for bad in (math.nan, math.inf, -math.inf):
        cost[1, 2, 3] = bad
        with pytest.raises(ValueError, match="finite costs and samples on both sides"):
            batched_sinkhorn(cost, epsilon=1.0)


def test_a_constant_on_all_costs_changes_neither_plan_nor_steps() -> None:
    cost = torch.rand(3, 12, 15, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    # Without being taken off, it would leave nothing of a kernel's exponentials.
    near, far = (batched_sinkhorn(cost + shift, epsilon=0.1) for shift in (0.0, 500.0))
    torch.testing.assert_close(far.plan, near.plan, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(far.value, near.value + 500.0, rtol=1e-9, atol=1e-6)
    assert far.iterations == near.iterations
