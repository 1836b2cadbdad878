"""The energy of paths: independent of the number of steps, least for straight ones, W2² for optimal ones."""

import math

import pytest
import torch

from udtlib.transport.closed_forms import gaussian_squared_wasserstein2
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.dynamic import displacement_interpolation, path_energy_gap, transport_energy
from udtlib.transport.exact import optimal_coupling


def pair(n: int = 30) -> tuple[torch.Tensor, torch.Tensor]:
    """Two samples of images."""
    generator = torch.Generator().manual_seed(0)
    options = {"generator": generator, "dtype": torch.float64}
    return torch.randn(n, 1, 2, 2, **options), torch.randn(n, 1, 2, 2, **options) + 1


@pytest.mark.parametrize("power", [1, 1.5, 2, 3.0])
def test_a_straight_path_spends_the_same_for_every_number_of_steps(power: float) -> None:
    x, y = pair()
    weight = torch.tensor([[[1.0, 2.0], [0.5, 0.0]]]).double()
    expected = float(((y - x).abs() ** power * weight).flatten(1).sum(1).mean())
    for steps in (1, 4, 9):
        path = displacement_interpolation(x, y, torch.linspace(0, 1, steps + 1))
        assert path.shape == (steps + 1, *x.shape)
        assert float(transport_energy(path, power=power, weight=weight)) == pytest.approx(expected)
        # as the residuals of a network: Δt^(1-p) Σ ‖r‖^p
        residual = ((path[1:] - path[:-1]).abs() ** power * weight).flatten(2).sum(2).mean(1).sum()
        assert float((1 / steps) ** (1 - power) * residual) == pytest.approx(expected)


def test_any_other_path_between_the_same_ends_spends_more() -> None:
    x, y = pair()
    straight = displacement_interpolation(x, y, torch.linspace(0, 1, 6))
    detour = straight.clone()
    detour[3] += 0.1
    uneven = displacement_interpolation(x, y, torch.linspace(0, 1, 6) ** 2)
    assert float(transport_energy(detour)) > float(transport_energy(straight))
    assert float(transport_energy(uneven)) > float(transport_energy(straight))
    # but where p = 1, speed does not count
    assert float(transport_energy(uneven, power=1)) == pytest.approx(
        float(transport_energy(straight, power=1))
    )


def test_with_the_optimal_pairing_energy_is_the_squared_distance() -> None:
    x, y = pair()
    coupling = optimal_coupling(squared_euclidean(x, y))
    times = torch.linspace(0, 1, 5)
    path = displacement_interpolation(x, y[coupling.permutation], times)
    torch.testing.assert_close(transport_energy(path), coupling.cost)
    torch.testing.assert_close(path[0], x)
    torch.testing.assert_close(path[-1], y[coupling.permutation])
    assert float(path_energy_gap(path, coupling.cost)) == pytest.approx(0, abs=1e-12)
    by_chance = displacement_interpolation(x, y, times)
    expected = float((y - x).square().flatten(1).sum(1).mean()) / float(coupling.cost) - 1
    assert float(path_energy_gap(by_chance, float(coupling.cost))) == pytest.approx(expected)
    assert expected > 0.05


def test_a_half_way_point_is_half_the_distance_away() -> None:
    x, y = pair()
    coupling = optimal_coupling(squared_euclidean(x, y))
    middle = displacement_interpolation(x, y[coupling.permutation], torch.tensor([0.5]))[0]
    assert float(optimal_coupling(squared_euclidean(x, middle)).cost) == pytest.approx(
        float(coupling.cost) / 4
    )


def test_a_turning_flow_between_equal_gaussians_is_not_optimal() -> None:
    # a quarter turn at constant speed spends (π/2)² E‖x‖², and transports N(0, I) + m to its image
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(50_000, 2, generator=generator, dtype=torch.float64)
    angles = torch.linspace(0, math.pi / 2, 201, dtype=torch.float64)
    path = torch.stack(
        [
            torch.stack([a.cos() * x[:, 0] - a.sin() * x[:, 1], a.sin() * x[:, 0] + a.cos() * x[:, 1]], 1)
            for a in angles
        ]
    )
    assert float(transport_energy(path)) == pytest.approx((math.pi / 2) ** 2 * 2, rel=0.02)
    eye, zero = torch.eye(2).double(), torch.zeros(2).double()
    with pytest.raises(ValueError, match="positive squared distance"):
        path_energy_gap(path, gaussian_squared_wasserstein2(zero, eye, zero, eye))


def test_gradients_reach_the_path_where_nothing_moves() -> None:
    path = torch.zeros(3, 2, 2, requires_grad=True)
    for power in (1, 1.5, 2):
        (gradient,) = torch.autograd.grad(transport_energy(path, power=power), path)
        assert bool(torch.isfinite(gradient).all())


def test_bad_input_is_refused() -> None:
    x, y = pair(3)
    path = displacement_interpolation(x, y, torch.linspace(0, 1, 3))
    with pytest.raises(ValueError, match="two times or more"):
        transport_energy(path[:1])
    with pytest.raises(ValueError, match="power of at least 1"):
        transport_energy(path, power=0.5)
    with pytest.raises(ValueError, match="coordinate weights"):
        transport_energy(path, weight=-torch.ones(1, 2, 2))
    with pytest.raises(ValueError, match=r"lie in \[0, 1\]"):
        displacement_interpolation(x, y, torch.tensor([0.0, 1.5]))
    with pytest.raises(ValueError, match="positive squared distance"):
        path_energy_gap(path, 0.0)
