"""Costs that leave an attribute free: what covariances share, a class that only one rule finds, a sparse mask."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch.nn.functional import softplus

from udtlib.transport.exact import optimal_coupling
from udtlib.transport.semantic import SemanticCost, mean_difference, parallel_sum, shared_spread, sparse_mask
from udtlib.types import Tensor

Rule = Callable[..., SemanticCost]


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def covariance(*eigenvalues: float, seed: int) -> Tensor:
    Q = torch.linalg.qr(randn(len(eigenvalues), len(eigenvalues), seed=seed))[0]
    return Q @ torch.tensor(eigenvalues, dtype=torch.float64).diag() @ Q.T


def smallest(matrix: Tensor) -> float:
    return float(torch.linalg.eigvalsh(matrix)[0])


def planted(count: int = 1000, *, seed: int = 0, style: float = 5.0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Codes, side, domain and class, as in the digit swap.

    Axis 0 holds the class at ±2 and axis 1 the side at ±2; left codes lie to both sides along axis 2 and right
    codes along axis 3, which one does not see in any mean; along axis 4 all vary a little.
    """
    noise = randn(count, 5, seed=seed)
    kind, domain = (torch.arange(count) % 4) // 2, torch.arange(count) % 2
    side = kind ^ domain
    z = 0.1 * noise
    z[:, 0] += 4.0 * kind - 2
    z[:, 1] += 4.0 * side - 2
    z[torch.arange(count), 2 + side] = style * noise[:, 2].sign() * (1 + 0.1 * noise[:, 3])
    z[:, 4] = 0.5 * noise[:, 4]
    return z, side, domain, kind


def kept(cost: SemanticCost | None, codes: Tensor, domain: Tensor, of: Tensor) -> float:
    """The share of an exact plan's pairs that are alike."""
    x, y = codes[domain == 0], codes[domain == 1]
    C = torch.cdist(x, y).square() if cost is None else cost(x, y)
    partner = optimal_coupling(C).plan.argmax(1)
    return (of[domain == 0] == of[domain == 1][partner]).double().mean().item()


def test_a_covariance_shares_all_of_itself_with_itself() -> None:
    A = covariance(3.0, 1.0, 0.2, seed=0)
    torch.testing.assert_close(parallel_sum(A, A, ridge=0.0), A)
    torch.testing.assert_close(parallel_sum(A, A), A, atol=1e-5, rtol=0)


def test_commuting_covariances_share_the_harmonic_mean_of_their_eigenvalues() -> None:
    Q = torch.linalg.qr(randn(3, 3))[0]
    a, b = torch.tensor([[3.0, 1.0, 0.5], [1.0, 1.0, 4.0]]).double()
    shared = parallel_sum(Q @ a.diag() @ Q.T, Q @ b.diag() @ Q.T, ridge=0.0)
    torch.testing.assert_close(shared, Q @ (2 * a * b / (a + b)).diag() @ Q.T)


def test_it_is_symmetric_positive_and_moves_with_the_axes() -> None:
    A, B = covariance(3.0, 1.0, 0.2, seed=0), covariance(5.0, 0.5, 0.1, seed=1)
    shared = parallel_sum(A, B)
    assert torch.equal(shared, shared.T)
    torch.testing.assert_close(shared, parallel_sum(B, A))
    assert smallest(shared) > 0
    Q = torch.linalg.qr(randn(3, 3, seed=2))[0]
    torch.testing.assert_close(parallel_sum(Q @ A @ Q.T, Q @ B @ Q.T), Q @ shared @ Q.T)


@pytest.mark.parametrize("seed", range(5))
def test_half_of_it_is_below_both_and_all_of_it_below_their_mean(seed: int) -> None:
    """In the Loewner order. The whole of it need not be below the smaller: 2 · 1 · 3 / 4 is more than 1."""
    A, B = covariance(3.0, 1.0, 0.2, seed=seed), covariance(5.0, 0.5, 0.1, seed=seed + 10)
    shared = parallel_sum(A, B, ridge=0.0)
    assert min(smallest(A - shared / 2), smallest(B - shared / 2)) > 0
    assert smallest((A + B) / 2 - shared) > -1e-12
    # It grows where one of the two does.
    assert smallest(parallel_sum(A + torch.eye(3).double(), B, ridge=0.0) - shared) > 0


def test_a_direction_that_one_of_them_lacks_drops_out() -> None:
    A, B = torch.diag(torch.tensor([[2.0, 1.0], [0.0, 1.0]]).double()[:, 0]), torch.eye(2).double()
    torch.testing.assert_close(
        parallel_sum(A, B), torch.tensor([[4 / 3, 0.0], [0.0, 0.0]]).double(), atol=1e-5, rtol=0
    )
    # Also a direction that is no axis of the other one.
    u = torch.tensor([0.6, 0.8]).double()
    shared = parallel_sum(torch.outer(u, u), covariance(3.0, 1.0, seed=0))
    assert float(u.flip(0) * torch.tensor([1.0, -1.0]).double() @ shared @ u) == pytest.approx(0, abs=1e-4)
    assert float(u @ shared @ u) > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_shared_spread_finds_a_class_that_the_difference_of_means_does_not(seed: int) -> None:
    codes, side, domain, kind = planted(seed=seed)
    cost = shared_spread(codes, side, domain)
    assert cost.basis[:, 0].abs()[0] > 0.99
    # Both styles and the side are cheap, and what is left of the noise too.
    assert cost.weight[1] < 0.1
    assert kept(cost, codes, domain, kind) > 0.99
    for other in (None, mean_difference(codes, side, domain)):
        assert kept(other, codes, domain, kind) < 0.1
        assert kept(other, codes, domain, side) > 0.9


def test_without_styles_of_their_own_the_difference_of_means_is_enough() -> None:
    codes, side, domain, kind = planted(style=0.1)
    assert kept(mean_difference(codes, side, domain), codes, domain, kind) > 0.99
    assert kept(shared_spread(codes, side, domain), codes, domain, kind) > 0.99


def test_the_class_is_found_along_any_axis() -> None:
    codes, side, domain, kind = planted()
    Q = torch.linalg.qr(randn(5, 5, seed=7))[0]
    cost = shared_spread(codes @ Q, side, domain)
    assert abs(float(cost.basis[:, 0] @ Q[0])) > 0.99
    assert kept(cost, codes @ Q, domain, kind) > 0.99


@pytest.mark.parametrize("rule", [shared_spread, mean_difference])
def test_costs_do_not_depend_on_the_axes_or_on_where_a_domain_lies(rule: Rule) -> None:
    codes, side, domain, _ = planted(200)
    Q = torch.linalg.qr(randn(5, 5, seed=7))[0]
    C = rule(codes, side, domain)(codes, codes)
    turned = rule(codes @ Q, side, domain)(codes @ Q, codes @ Q)
    torch.testing.assert_close(turned, C, atol=1e-6, rtol=1e-6)
    moved = codes + 3 * domain[:, None]
    torch.testing.assert_close(rule(moved, side, domain)(codes, codes), C, atol=1e-6, rtol=1e-6)
    swapped = rule(codes, 1 - side, 1 - domain)(codes, codes)
    torch.testing.assert_close(swapped, C, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize(
    "rule", [shared_spread, mean_difference, lambda z, a, d, **o: sparse_mask(z, a, **o)]
)
@pytest.mark.parametrize("floor", [1e-3, 0.2])
def test_weights_lie_between_the_floor_and_one_on_orthogonal_axes(rule: Rule, floor: float) -> None:
    codes, side, domain, _ = planted(200)
    cost = rule(codes.float(), side, domain, floor=floor)
    assert cost.basis.dtype == cost.weight.dtype == torch.float32
    torch.testing.assert_close(cost.basis @ cost.basis.T, torch.eye(5), atol=1e-6, rtol=0)
    assert float(cost.weight.max()) == 1
    assert float(cost.weight.min()) == pytest.approx(floor)


def test_axes_of_the_shared_spread_are_sorted_and_the_side_costs_the_floor() -> None:
    codes, side, domain, _ = planted()
    cost = shared_spread(codes, side, domain)
    assert (cost.weight.diff() <= 0).all()
    M = cost.basis @ cost.weight.diag() @ cost.basis.T
    assert float(M[1, 1]) == pytest.approx(1e-3, rel=0.1)


def test_the_difference_of_means_leaves_out_one_direction_alone() -> None:
    codes, side, domain, _ = planted()
    cost = mean_difference(codes, side, domain)
    z = codes - torch.stack([codes[domain == b].mean(0) for b in (0, 1)])[domain]
    v = torch.nn.functional.normalize(z[side == 1].mean(0) - z[side == 0].mean(0), dim=0)
    M = cost.basis @ cost.weight.diag() @ cost.basis.T
    torch.testing.assert_close(M, torch.eye(5).double() - (1 - 1e-3) * torch.outer(v, v))


def test_the_matrix_of_costs_is_the_formula_s() -> None:
    Q, c = torch.linalg.qr(randn(4, 4))[0], torch.tensor([1.0, 0.5, 0.1, 0.001]).double()
    cost, x, y = SemanticCost(basis=Q, weight=c), randn(5, 4, seed=1), randn(3, 4, seed=2)
    expected = torch.tensor([[sum(c * (Q.T @ (a - b)) ** 2) for b in y] for a in x])
    torch.testing.assert_close(cost(x, y), expected)
    assert (cost(x, x) >= 0).all()
    torch.testing.assert_close(cost(x, x).diagonal(), torch.zeros(5).double(), atol=1e-12, rtol=0)


def test_the_sparse_mask_finds_the_coordinate_that_tells_the_attribute() -> None:
    """Whatever its unit, and however far from zero it lies."""
    codes, attribute = randn(400, 6), torch.arange(400) % 2
    codes[:, 2] = 1e-3 * (codes[:, 2] + 4 * attribute) + 50
    cost = sparse_mask(codes, attribute, penalty=0.1, floor=0.01)
    assert torch.equal(cost.basis, torch.eye(6).double())
    assert cost.weight.tolist() == pytest.approx([1, 1, 0.01, 1, 1, 1])


def test_the_mask_is_empty_from_a_known_penalty_on() -> None:
    """At w = 0 the loss has the slopes −E s z̃ / 2: the largest one is the penalty where the first w moves."""
    codes, attribute = randn(300, 5), torch.arange(300) % 2
    codes[:, 3] += attribute
    z = (codes - codes.mean(0)) / codes.std(0)
    slope = ((2.0 * attribute - 1)[:, None] * z).mean(0).abs() / 2
    assert slope.argmax() == 3
    assert (sparse_mask(codes, attribute, penalty=1.001 * float(slope.max())).weight == 1).all()
    first = sparse_mask(codes, attribute, penalty=0.99 * float(slope.max())).weight
    assert (first < 1).nonzero().flatten().tolist() == [3]


def test_the_mask_is_that_of_another_solver() -> None:
    """L-BFGS on w = u − v with u, v ≥ 0; one code in ten has the attribute, so that the offset matters."""
    codes, attribute = randn(400, 8), (torch.arange(400) % 10 == 0).long()
    codes += torch.linspace(0, 2, 8)[None] * attribute[:, None]
    z = (codes - codes.mean(0)) / codes.std(0)

    def loss(packed: np.ndarray) -> tuple[float, np.ndarray]:
        p = torch.from_numpy(packed).requires_grad_()
        logit = z @ (p[:8] - p[8:16]) + p[16]
        value = softplus(torch.where(attribute == 1, -logit, logit)).mean() + 0.05 * p[:16].sum()
        (slope,) = torch.autograd.grad(value, p)
        return value.item(), slope.numpy()

    bounds = [(0, None)] * 16 + [(None, None)]
    found = minimize(
        loss, np.zeros(17), jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-14}
    ).x
    used = np.abs(found[:8] - found[8:16]) > 1e-4
    assert 0 < used.sum() < 8
    assert (sparse_mask(codes, attribute, penalty=0.05).weight < 1).tolist() == used.tolist()


def test_a_larger_penalty_leaves_out_fewer() -> None:
    codes, attribute = randn(100, 20), torch.arange(100) % 2
    codes += 0.3 * attribute[:, None]
    counts = [int((sparse_mask(codes, attribute, penalty=p).weight < 1).sum()) for p in (1e-3, 0.05, 0.1, 1)]
    assert counts[0] > counts[1] > counts[2] > counts[3] == 0


@pytest.mark.parametrize("rule", [shared_spread, mean_difference])
def test_a_missing_value_or_domain_is_refused(rule: Rule) -> None:
    codes, side, domain, _ = planted(40)
    with pytest.raises(ValueError, match="attribute 1 has fewer than two codes in domain 1"):
        rule(codes, torch.where(domain == 1, 0, side), domain)
    with pytest.raises(ValueError, match="attribute 0 has fewer than two codes in domain 1"):
        rule(codes, side, torch.zeros_like(domain))


@pytest.mark.parametrize(
    "rule", [shared_spread, mean_difference, lambda z, a, d, **o: sparse_mask(z, a, **o)]
)
@pytest.mark.parametrize("floor", [0.0, -1.0, 1.5, float("nan")])
def test_a_floor_that_is_no_weight_is_refused(rule: Rule, floor: float) -> None:
    codes, side, domain, _ = planted(40)
    wanted = "floor must be a finite number" if floor != floor else rf"lies in \(0, 1\], got floor={floor}"
    with pytest.raises(ValueError, match=wanted):
        rule(codes, side, domain, floor=floor)


def test_a_classifier_needs_a_penalty_and_both_values() -> None:
    codes, side, _, _ = planted(40)
    with pytest.raises(ValueError, match="penalty must be positive, got 0"):
        sparse_mask(codes, side, penalty=0.0)
    with pytest.raises(ValueError, match="both values of the attribute; the codes have one"):
        sparse_mask(codes, torch.zeros_like(side))
