"""Steps lie on one grid, whatever times are asked for; and the adaptive method's own rules."""

from __future__ import annotations

import pytest
import torch

from udtlib.nets.hamiltonian_mlp import HamiltonianMLP
from udtlib.nets.mechanics import Pendulum
from udtlib.numerics.hamiltonian import SeparableHamiltonian
from udtlib.numerics.integrators import RK4, Adaptive, BlowUpError, Leapfrog, Yoshida4
from udtlib.numerics.integrators.base import legs
from udtlib.types import Tensor

X = torch.randn(3, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 1, [(0, 0.25, 4)]),
        (1, 0, [(1, -0.25, 4)]),
        (0, 2.5, [(0, 0.25, 10)]),
        (0, 0.55, [(0, 0.25, 2), (0.5, 0.05, 1)]),
        (0.55, 0, [(0.55, -0.05, 1), (0.5, -0.25, 2)]),
        (0.05, 0.2, [(0.05, 0.15, 1)]),
        (-0.3, 0.25, [(-0.3, 0.05, 1), (-0.25, 0.25, 2)]),
        (0.5, 0.5, []),
        (0, 0.2500000003, [(0, 0.25, 1)]),
    ],
)
def test_a_way_is_whole_steps_and_shorter_ones_at_its_ends(start: float, end: float, expected: list):
    found = legs(start, end, steps=4)
    assert len(found) == len(expected)
    for leg, right in zip(found, expected, strict=True):
        assert tuple(leg) == pytest.approx(right)


@pytest.mark.parametrize("integrator", [RK4(steps=4), Leapfrog(steps=4), Yoshida4(steps=3)])
def test_a_position_does_not_depend_on_which_other_times_are_asked_for(integrator):
    times = torch.tensor([0.9, -0.4, 0.0, 0.3, 2.5, 1.0, 0.31, -1.0], dtype=torch.float64)
    path = integrator.path(Pendulum(), X, times=times)
    for t, at in zip(times.tolist(), path, strict=True):
        torch.testing.assert_close(at, integrator(Pendulum(), X, end=t), rtol=0, atol=1e-13)
    later = integrator.path(Pendulum(), path[5], times=times, start=1.0)
    assert torch.equal(later[5], path[5])
    torch.testing.assert_close(later[4], path[4], rtol=0, atol=1e-13)


def test_times_in_single_precision_find_the_grid():
    path = Leapfrog(steps=10).path(Pendulum(), X, times=torch.tensor([0.1, 0.3, 0.7]))
    for t, at in zip((0.1, 0.3, 0.7), path, strict=True):
        torch.testing.assert_close(at, Leapfrog(steps=10)(Pendulum(), X, end=t), rtol=0, atol=1e-14)


@pytest.mark.parametrize("adjoint", [False, True])
def test_the_adaptive_method_keeps_its_tolerance_forward_backward_and_between(adjoint: bool):
    integrator = Adaptive(relative=1e-8, absolute=1e-8, adjoint=adjoint)
    times = torch.tensor([1.0, 0.0, -0.5, 0.5, 2.0])
    path = integrator.path(Pendulum(), X, times=times)
    torch.testing.assert_close(path, RK4(steps=100).path(Pendulum(), X, times=times), rtol=0, atol=1e-6)
    assert torch.equal(path[1], X)
    assert torch.equal(integrator(Pendulum(), X, start=0.5, end=0.5), X)
    assert integrator(Pendulum(), X[:0]).shape == (0, 2)


def test_both_gradients_of_the_adaptive_method_approach_that_of_the_flow():
    torch.manual_seed(0)
    H = HamiltonianMLP(2, hidden=(8, 8, 8), timed=True).double()
    with torch.no_grad():
        for parameter in H.parameters():
            parameter.mul_(2.5)

    def slopes(integrator) -> Tensor:
        x = X.clone().requires_grad_()
        parts = torch.autograd.grad(integrator(H, x).square().sum(), [x, *H.parameters()])
        return torch.cat([part.flatten() for part in parts])

    exact = slopes(RK4(steps=100))
    for adjoint in (False, True):
        coarse, fine = (
            float((slopes(Adaptive(relative=r, absolute=r, adjoint=adjoint)) - exact).norm() / exact.norm())
            for r in (1e-2, 1e-8)
        )
        assert fine < 1e-6
        assert fine < coarse / 10


class Falling(SeparableHamiltonian):
    r"""H = p²/2 - q³/3: from q = 24, p = 96 it is q = 6 / (½ - t)²."""

    def forward(self, x: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return x[:, 1] ** 2 / 2 - x[:, 0] ** 3 / 3

    def kinetic_gradient(self, p: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return p

    def potential_gradient(self, q: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return -(q**2)


@pytest.mark.parametrize("adjoint", [False, True])
def test_the_adaptive_method_says_when_a_solution_ends(adjoint: bool):
    start = torch.tensor([[24.0, 96.0]], dtype=torch.float64)
    with pytest.raises(BlowUpError, match=r"stopped at time 0\.5") as caught:
        Adaptive(relative=1e-3, absolute=1e-3, adjoint=adjoint)(Falling(2), start)
    assert caught.value.time == pytest.approx(0.5, abs=1e-3)


def test_a_way_of_too_many_steps_is_given_up():
    with pytest.raises(BlowUpError, match="allow larger errors"):
        Adaptive(relative=1e-9, absolute=1e-9, most_steps=2)(Pendulum(), X, end=3)


def test_tolerances_are_positive():
    with pytest.raises(ValueError, match="relative=0"):
        Adaptive(relative=0.0)
