"""The energy of a plan between two metric spaces: its definition, its symmetries, and distances."""

import math

import pytest
import torch

from udtlib.transport.gromov.energy import (
    check_distances,
    distance_matrix,
    gromov_energy,
    mean_normalised,
    plan_entropy,
)


def cloud(n: int, d: int, *, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Gaussian points."""
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def plan(n: int, m: int, *, seed: int = 0) -> torch.Tensor:
    """Any non-negative matrix of mass one."""
    raw = torch.rand(n, m, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return raw / raw.sum()


def test_the_decomposition_equals_the_fourfold_sum() -> None:
    dx, dy, p = distance_matrix(cloud(5, 3)), distance_matrix(cloud(7, 2, seed=1)), plan(5, 7)
    difference = dx[:, None, :, None] - dy[None, :, None, :]  # i j k l
    expected = (difference.square() * p[:, :, None, None] * p[None, None]).sum()
    torch.testing.assert_close(gromov_energy(dx, dy, p), expected)
    batched = gromov_energy(torch.stack([dx, 2 * dx]), torch.stack([dy, 2 * dy]), torch.stack([p, p]))
    torch.testing.assert_close(batched, torch.stack([expected, 4 * expected]))


def test_the_indices_as_the_report_prints_them_give_another_number() -> None:
    d = distance_matrix(cloud(4, 2))
    identity = torch.eye(4, dtype=torch.float64) / 4
    printed = (
        (d[:, :, None, None] - d[None, None]).square() * identity[:, :, None, None] * identity[None, None]
    )
    # With T_ij T_kl only the diagonals count, and these vanish for every pair of spaces.
    assert float(printed.sum()) == 0
    assert float(gromov_energy(d, 3 * d, identity)) > 0
    assert float(gromov_energy(d, d, identity)) == pytest.approx(0, abs=1e-14)


def test_isometries_cost_nothing_whatever_the_dimension() -> None:
    x = cloud(20, 2)
    rotation = torch.linalg.qr(cloud(5, 5, seed=1))[0]
    embedded = torch.cat([x, torch.zeros(20, 3, dtype=x.dtype)], dim=1) @ rotation + 7
    identity = torch.eye(20, dtype=x.dtype) / 20
    assert float(gromov_energy(distance_matrix(x), distance_matrix(embedded), identity)) < 1e-12


def test_between_euclidean_distances_the_energy_is_concave_along_directions_that_keep_marginals() -> None:
    dx, dy = distance_matrix(cloud(8, 3)), distance_matrix(cloud(9, 4, seed=1))
    for seed in range(20):
        move = plan(8, 9, seed=seed)
        move = move - move.mean(0) - move.mean(1, keepdim=True) + move.mean()
        assert float(-2 * ((dx @ move @ dy) * move).sum()) < 0


def test_the_gradient_is_minus_four_times_the_product_up_to_rank_one() -> None:
    dx, dy = distance_matrix(cloud(5, 3)), distance_matrix(cloud(6, 2, seed=1))
    p = plan(5, 6).requires_grad_()
    (gradient,) = torch.autograd.grad(gromov_energy(dx, dy, p), p)
    rest = gradient + 4 * dx @ p.detach() @ dy
    centred = rest - rest.mean(0) - rest.mean(1, keepdim=True) + rest.mean()
    torch.testing.assert_close(centred, torch.zeros_like(centred), atol=1e-12, rtol=0)


def test_entropy_is_that_of_the_report_with_nothing_from_zeros() -> None:
    p = torch.tensor([[0.5, 0.0], [0.0, 0.5]], dtype=torch.float64)
    assert float(plan_entropy(p)) == pytest.approx(math.log(2) + 1)
    independent = torch.full((3, 4), 1 / 12, dtype=torch.float64)
    assert float(plan_entropy(independent)) == pytest.approx(math.log(12) + 1)


def test_distances_are_exactly_symmetric_and_right_far_from_the_origin() -> None:
    x = cloud(30, 6) + 1e5
    distance = distance_matrix(x)
    assert torch.equal(distance, distance.mT)
    assert not bool(distance.diagonal().any())
    torch.testing.assert_close(distance, torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist"))
    check_distances("dx", distance)
    single = distance_matrix(cloud(10, 3, dtype=torch.float32))
    assert single.dtype == torch.float32
    assert distance_matrix(torch.stack([x, x + 1])).shape == (2, 30, 30)


def test_distances_have_a_gradient_and_a_zero_one_where_points_coincide() -> None:
    x = cloud(5, 3).requires_grad_()
    assert torch.autograd.gradcheck(distance_matrix, (x,))
    twin = cloud(3, 2)
    twin[1] = twin[0]
    twin.requires_grad_()
    distance = distance_matrix(twin)
    assert float(distance[0, 1].detach()) == 0
    (gradient,) = torch.autograd.grad(distance[0, 1], twin, retain_graph=True)
    assert not bool(gradient.any())
    (gradient,) = torch.autograd.grad(distance.sum(), twin)
    assert bool(gradient.isfinite().all())
    assert bool(gradient[2].any())


def test_mean_normalised_distances_forget_the_scale_and_the_gradient_knows() -> None:
    d = distance_matrix(cloud(6, 2))
    normal = mean_normalised(3 * d)
    assert float(normal.distance.mean()) == pytest.approx(1)
    torch.testing.assert_close(normal.scale, 3 * d.mean())
    x = cloud(6, 2).requires_grad_()
    value = mean_normalised(distance_matrix(x)).distance.square().sum()
    (gradient,) = torch.autograd.grad(value, x)
    assert float((gradient * x.detach()).sum()) == pytest.approx(0, abs=1e-9)  # no gain from growing
    with pytest.raises(ValueError, match=r"mean distance is \[0.0\].*collapsed"):
        mean_normalised(distance_matrix(torch.ones(4, 2)))


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (torch.zeros(0, 0), "square with at least one point"),
        (torch.zeros(2, 3), "square with at least one point"),
        (torch.tensor([[0.0, math.nan], [1.0, 0.0]]), "finite, got 1 entries"),
        (torch.tensor([[0.0, math.inf], [math.inf, 0.0]]), "finite, got 2 entries"),
        (torch.tensor([[0.0, -1.0], [-1.0, 0.0]]), "at least 0, got -1"),
        (torch.tensor([[0.5, 1.0], [1.0, 0.5]]), "zero diagonal, got 0.5"),
        (torch.tensor([[0.0, 1.0], [2.0, 0.0]]), "symmetric, got entries that differ by 1"),
        (torch.zeros(2, 2, dtype=torch.float16), "single or double precision"),
    ],
)
def test_what_is_no_distance_is_refused(bad: torch.Tensor, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        check_distances("dx", bad)


def test_points_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match=r"finite points.*1 values"):
        distance_matrix(torch.tensor([[0.0, math.nan]]))
