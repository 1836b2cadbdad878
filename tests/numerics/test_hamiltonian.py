"""Hamilton's equations have the right signs, in the right halves."""

from __future__ import annotations

import pytest
import torch

from udtlib.nets.hamiltonian_mlp import HamiltonianMLP
from udtlib.nets.mechanics import Pendulum
from udtlib.numerics.hamiltonian import Scaled, symplectic_form


def test_a_falling_pendulum_moves_its_position_by_the_momentum_and_its_momentum_by_the_force():
    x = torch.tensor([[0.5, 2.0], [-0.5, 0.0]])  # (angle, momentum)
    field = Pendulum().field(x, 0.0)
    torch.testing.assert_close(field[:, 0], x[:, 1])
    torch.testing.assert_close(field[:, 1], -torch.sin(x[:, 0]))


def test_the_field_is_j_times_the_gradient_and_at_right_angles_to_it():
    torch.manual_seed(0)
    H, x = HamiltonianMLP(6, hidden=(8, 8, 8)).double(), torch.randn(5, 6, dtype=torch.float64)
    field, gradient = H.field(x, 0.0), H.gradient(x)
    torch.testing.assert_close(field, gradient @ symplectic_form(6).T)
    torch.testing.assert_close(
        (field * gradient).sum(1), torch.zeros(5, dtype=torch.float64), rtol=0, atol=1e-15
    )


def test_the_form_is_antisymmetric_and_its_square_is_minus_one():
    J = symplectic_form(6)
    assert torch.equal(J.T, -J)
    assert torch.equal(J @ J, -torch.eye(6, dtype=torch.float64))


def test_a_hamiltonian_field_has_no_divergence_and_a_scaling_adds_its_rate_in_every_direction():
    torch.manual_seed(0)
    H, x = HamiltonianMLP(4, hidden=(8, 8, 8)).double(), torch.randn(4, dtype=torch.float64)
    for system, divergence in ((H, 0.0), (Scaled(H, torch.tensor(0.3, dtype=torch.float64)), 4 * 0.3)):
        D = torch.autograd.functional.jacobian(lambda one, s=system: s.field(one[None], 0.0)[0], x)
        assert float(D.trace()) == pytest.approx(divergence, abs=1e-14)


@pytest.mark.parametrize(("dimension", "extra"), [(3, 1), (0, 2), (1, 1)])
def test_an_odd_dimension_is_refused_and_an_augmentation_offered(dimension: int, extra: int):
    for make in (HamiltonianMLP, symplectic_form):
        with pytest.raises(
            ValueError, match=rf"even dimension.*got {dimension};.*Augmentation\(extra={extra}\)"
        ):
            make(dimension)
