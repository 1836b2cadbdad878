"""Results follow their data: multiplied, shifted, permuted, and with pairs that are forbidden by their cost."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from tests.properties import examples
from udtlib import transport
from udtlib.transport import gromov

FACTORS = [1e-8, 1e-3, 1e3, 1e8]


def clouds(n: int = 12, m: int = 12, *, seed: int = 0, dim: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Two clouds in double precision."""
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    return torch.randn(n, dim, **options), torch.randn(m, dim, **options) + 0.5


@examples(60)
@given(
    n=st.integers(2, 30),
    seed=st.integers(0, 10**6),
    forbidden=st.sampled_from([1e6, 1e10, 1e14, 1e16, 1e20]),
    share=st.floats(0.1, 0.6),
)
def test_forbidden_pairs_leave_the_best_plan_of_the_others_or_no_claim(
    n: int, seed: int, forbidden: float, share: float
) -> None:
    generator = torch.Generator().manual_seed(seed)
    cost = torch.rand(n, n, generator=generator, dtype=torch.float64)
    banned = torch.rand(n, n, generator=generator) < share
    order = torch.randperm(n, generator=generator)
    banned[torch.arange(n), order] = False  # so that there is a plan without them
    cost = torch.where(banned, forbidden, cost)
    rows, columns = linear_sum_assignment(cost.numpy())
    best = float(cost[rows, columns].mean())
    coupling = transport.optimal_coupling(cost)
    assert best <= 1
    assert coupling.converged
    assert float(coupling.cost) == pytest.approx(best, rel=1e-9)
    assert float(coupling.value) == pytest.approx(best, rel=1e-6)
    assert not bool(banned[torch.arange(n), coupling.permutation].any())


@examples(40)
@given(
    n=st.integers(2, 6),
    seed=st.integers(0, 10**6),
    forbidden=st.sampled_from([1e8, 1e14, 1e16]),
)
def test_where_forbidden_pairs_are_needed_the_plan_is_the_best_or_says_so(
    n: int, seed: int, forbidden: float
) -> None:
    generator = torch.Generator().manual_seed(seed)
    cost = torch.rand(n, n, generator=generator, dtype=torch.float64)
    banned = torch.rand(n, n, generator=generator) < 0.7
    dear = torch.where(banned, forbidden, cost)

    def paid(order: tuple[int, ...]) -> tuple[int, float]:
        """How many forbidden pairs an order has, and what the others cost."""
        pairs = torch.arange(n), torch.tensor(order)
        return int(banned[pairs].sum()), float(cost[pairs][~banned[pairs]].sum())

    coupling = transport.optimal_coupling(dear)
    if coupling.converged:
        count, rest = paid(tuple(coupling.permutation.tolist()))
        least, cheapest = min(paid(order) for order in itertools.permutations(range(n)))
        assert count == least
        # What a sum with so large a number can tell of the others.
        assert rest <= cheapest + max(1e-6 * (1 + cheapest) * 10 * n, 4e-16 * forbidden * n)
    else:
        assert "above the dual bound" in coupling.reason


def test_infinite_costs_are_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="forbidden pair a finite cost far above all others"):
        transport.optimal_coupling(torch.tensor([[1.0, torch.inf], [1.0, 1.0]]))


@pytest.mark.parametrize("factor", [*FACTORS, 1e-100, 1e100])
def test_optimal_plans_follow_the_scale_and_a_shift_of_costs(factor: float) -> None:
    cost = transport.squared_euclidean(*clouds(15, 11))
    one = transport.optimal_coupling(cost).or_raise()
    other = transport.optimal_coupling(factor * cost).or_raise()
    torch.testing.assert_close(other.plan, one.plan)
    torch.testing.assert_close(other.cost, factor * one.cost)
    torch.testing.assert_close(other.value, factor * one.value)
    shifted = transport.optimal_coupling(cost + factor).or_raise()
    if factor < 1e100:  # beyond, the sum is the shift
        torch.testing.assert_close(shifted.plan, one.plan)
        torch.testing.assert_close(shifted.cost, factor + one.cost)


@pytest.mark.parametrize("factor", FACTORS)
def test_distances_follow_the_scale_of_the_samples(factor: float) -> None:
    x, y = clouds()
    distance = transport.wasserstein2(x, y)
    torch.testing.assert_close(transport.wasserstein2(factor * x, factor * y), factor * distance)
    torch.testing.assert_close(
        transport.wasserstein2((factor * x).float(), (factor * y).float()),
        (factor * distance).float(),
        rtol=1e-5,
        atol=0,
    )
    far = 1e4 * factor
    torch.testing.assert_close(
        transport.wasserstein2(factor * x + far, factor * y + far), factor * distance, rtol=1e-6, atol=0
    )
    line = transport.wasserstein_on_the_line(x[:, 0], y[:, 0])
    torch.testing.assert_close(
        transport.wasserstein_on_the_line(factor * x[:, 0], factor * y[:, 0]), factor**2 * line
    )
    moments = [part for cloud in (x, y) for part in (cloud.mean(0), torch.cov(cloud.T))]
    gaussian = transport.gaussian_squared_wasserstein2(*moments)
    scaled = [factor * part if part.ndim == 1 else factor**2 * part for part in moments]
    torch.testing.assert_close(transport.gaussian_squared_wasserstein2(*scaled), factor**2 * gaussian)
    torch.testing.assert_close(
        transport.transport_energy(torch.stack([factor * x, factor * y])),
        factor**2 * transport.transport_energy(torch.stack([x, y])),
    )
    torch.testing.assert_close(
        transport.minibatch_cost(
            factor * x, factor * y, batch=4, generator=torch.Generator().manual_seed(0)
        ).excess,
        transport.minibatch_cost(x, y, batch=4, generator=torch.Generator().manual_seed(0)).excess,
    )


@pytest.mark.parametrize("share", [1.0, 0.05, 0.005])
@pytest.mark.parametrize("factor", FACTORS)
def test_entropic_plans_follow_the_scale_and_a_shift_of_costs(factor: float, share: float) -> None:
    cost = transport.squared_euclidean(*clouds(15, 11))
    epsilon = share * float(cost.mean())
    options = {"tolerance": 1e-8}
    one = transport.batched_sinkhorn(cost[None], epsilon=epsilon, **options).or_raise()
    other = transport.batched_sinkhorn(factor * cost[None], epsilon=factor * epsilon, **options).or_raise()
    torch.testing.assert_close(other.plan, one.plan, rtol=1e-4, atol=1e-8)
    torch.testing.assert_close(other.value, factor * one.value)
    far = 1e4 * float(cost.mean())
    shifted = transport.batched_sinkhorn(cost[None] + far, epsilon=epsilon, **options).or_raise()
    torch.testing.assert_close(shifted.plan, one.plan, rtol=1e-3, atol=1e-7)
    torch.testing.assert_close(shifted.value, one.value + far)
    x, y = clouds()
    torch.testing.assert_close(
        transport.sinkhorn_divergence(factor * x, factor * y, epsilon=factor**2 * epsilon, tolerance=1e-8),
        factor**2 * transport.sinkhorn_divergence(x, y, epsilon=epsilon, tolerance=1e-8),
        rtol=1e-6,
        atol=0,
    )


@pytest.mark.parametrize("factor", FACTORS)
def test_gromov_plans_follow_the_scale_of_their_distances(factor: float) -> None:
    x, y = clouds(10, 10)
    dx, dy = gromov.distance_matrix(x), gromov.distance_matrix(y)
    torch.testing.assert_close(gromov.distance_matrix(factor * x), factor * dx)
    search = gromov.GromovSearch(restarts=4, levels=3, steps=4)
    one = gromov.gromov_coupling(dx, dy, search=search).or_raise()
    other = gromov.gromov_coupling(factor * dx, dy / factor, search=search).or_raise()
    assert torch.equal(other.permutation, one.permutation)
    torch.testing.assert_close(other.energy, one.energy)
    polished = gromov.frank_wolfe(dx, dy, one.plan)
    scaled = gromov.frank_wolfe(factor * dx, factor * dy, one.plan)
    torch.testing.assert_close(scaled.plan, polished.plan)
    torch.testing.assert_close(scaled.energy, factor**2 * polished.energy)
    entropic = gromov.entropic_gromov(dx, dy, epsilon=0.5, tolerance=1e-8, iterations=1000)
    follower = gromov.entropic_gromov(
        factor * dx, factor * dy, epsilon=0.5 * factor**2, tolerance=1e-8, iterations=1000
    )
    torch.testing.assert_close(follower.plan, entropic.plan, rtol=1e-5, atol=1e-9)
    free = {"form": gromov.GromovForm.SCALE_FREE, "epsilon": 0.02}
    torch.testing.assert_close(
        gromov.gromov_loss(factor * x, y / factor, **free).value, gromov.gromov_loss(x, y, **free).value
    )


@examples(6)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_samples_plays_no_part(seed: int) -> None:
    x, y = clouds(9, 9, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    p, q = torch.randperm(9, generator=generator), torch.randperm(9, generator=generator)
    cost = transport.squared_euclidean(x, y)
    exact, mixed = transport.optimal_coupling(cost), transport.optimal_coupling(cost[p][:, q])
    torch.testing.assert_close(mixed.plan, exact.plan[p][:, q])
    for share in (0.3, 0.01):
        options = {"epsilon": share * float(cost.mean()), "tolerance": 1e-9}
        one = transport.batched_sinkhorn(cost[None], **options).or_raise()
        other = transport.batched_sinkhorn(cost[p][:, q][None], **options).or_raise()
        torch.testing.assert_close(other.plan[0], one.plan[0][p][:, q], rtol=1e-5, atol=1e-8)
    dx, dy = gromov.distance_matrix(x), gromov.distance_matrix(y)
    plan = gromov.entropic_gromov(dx, dy, epsilon=1.0, tolerance=1e-9, iterations=2000).plan
    moved = gromov.entropic_gromov(
        dx[p][:, p], dy[q][:, q], epsilon=1.0, tolerance=1e-9, iterations=2000
    ).plan
    torch.testing.assert_close(moved, plan[p][:, q], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("factor", FACTORS)
def test_semantic_costs_and_rules_follow_scale_and_shift(factor: float) -> None:
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(60, 4, generator=generator, dtype=torch.float64)
    side, domain = torch.arange(60) % 2, (torch.arange(60) // 2) % 2
    codes[:, 0] += 2.0 * side
    for rule in (transport.shared_spread, transport.mean_difference):
        one, other = rule(codes, side, domain), rule(factor * codes + factor, side, domain)
        torch.testing.assert_close(other.weight, one.weight, rtol=1e-4, atol=1e-8)
        x, y = codes[:5], codes[5:9]
        torch.testing.assert_close(other(factor * x, factor * y), factor**2 * one(x, y), rtol=1e-5, atol=0)
        far = 1e6 * factor
        torch.testing.assert_close(
            one(factor * x + far, factor * y + far), factor**2 * one(x, y), rtol=1e-4, atol=0
        )
    masks = [transport.sparse_mask(factor * codes + shift, side).weight for shift in (0.0, 100 * factor)]
    for mask in masks:
        torch.testing.assert_close(mask, transport.sparse_mask(codes, side).weight)


@pytest.mark.parametrize("factor", [1e-8, 1e8])
def test_rotations_do_not_depend_on_the_scale(factor: float) -> None:
    x, _ = clouds(30)
    turn = torch.linalg.qr(clouds(3)[0])[0]
    found = transport.nearest_rotation(factor * x, factor * (x @ turn + 1.0))
    torch.testing.assert_close(found.rotation, turn)
    torch.testing.assert_close(found.shift, factor * torch.ones(3, dtype=torch.float64), rtol=1e-6, atol=0)
    search = transport.ProcrustesSearch(starts=8, sample=30, iterations=5, final_sample=30)
    one = transport.wasserstein_procrustes(x, x @ turn, search=search)
    other = transport.wasserstein_procrustes(factor * x, factor * x @ turn, search=search)
    torch.testing.assert_close(other.map.rotation, one.map.rotation, rtol=1e-5, atol=1e-6)
