"""Velocity flows against equations with known solutions: decay, rotation, a velocity that depends on time."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from udtlib.nets.velocity import AffineShortcut, VelocityMLP
from udtlib.numerics.integrators import RK4, Adaptive, Euler, Integrator
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.translators.velocity_flow import VelocityFlow
from udtlib.types import Tensor

INTEGRATORS = {"runge-kutta": RK4(steps=20), "adaptive": Adaptive(relative=1e-7, absolute=1e-7)}
EVERY = pytest.mark.parametrize("integrator", INTEGRATORS.values(), ids=INTEGRATORS)


class Linear(nn.Module):
    """v(x) = x A'."""

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.register_buffer("matrix", matrix)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        assert t.shape == (len(x),)
        return x @ self.matrix.T


class Clock(nn.Module):
    """v_t(x) = 3 t², whatever x is."""

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return (3 * t.square())[:, None].expand_as(x)


X = torch.tensor([[1.0, 0.0], [0.5, -2.0], [0.0, 3.0]], dtype=torch.float64)
QUARTER = torch.tensor([[0.0, -math.pi / 2], [math.pi / 2, 0.0]], dtype=torch.float64)


@EVERY
def test_a_rotating_velocity_turns_by_a_quarter_and_back(integrator: Integrator):
    flow = VelocityFlow(Linear(QUARTER), integrator=integrator)
    turned = torch.stack([-X[:, 1], X[:, 0]], dim=1)
    torch.testing.assert_close(flow(X), turned, rtol=0, atol=1e-5)
    torch.testing.assert_close(flow.inverse(flow(X)), X, rtol=0, atol=1e-5)
    assert not flow.exact


@EVERY
def test_positions_between_are_those_of_the_solution(integrator: Integrator):
    flow = VelocityFlow(Linear(-torch.eye(2, dtype=torch.float64)), integrator=integrator)
    times = torch.tensor([0.0, 0.3, 0.5, 1.0])
    path = flow.trajectory(X, times=times)
    expected = torch.exp(-times.double())[:, None, None] * X
    torch.testing.assert_close(path, expected, rtol=0, atol=1e-5)
    # A trajectory that is not asked for its start has one all the same.
    torch.testing.assert_close(flow.trajectory(X, times=times[1:]), path[1:], rtol=0, atol=1e-6)
    assert torch.equal(flow.trajectory(X, times=torch.tensor([0.0]))[0], X)


@EVERY
def test_the_velocity_is_read_at_its_time(integrator: Integrator):
    flow = VelocityFlow(Clock(), integrator=integrator)
    path = flow.trajectory(X, times=torch.tensor([0.0, 0.5, 1.0]))
    torch.testing.assert_close(path[1] - X, torch.full_like(X, 1 / 8), rtol=0, atol=1e-5)
    torch.testing.assert_close(path[2] - X, torch.ones_like(X), rtol=0, atol=1e-5)
    torch.testing.assert_close(flow.inverse(X), X - 1, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("kind", "order"), [(Euler, 1), (RK4, 4)])
def test_halving_the_step_divides_the_error_by_two_to_the_order(kind: type, order: int):
    exact = math.e * X
    errors = [
        float(
            (VelocityFlow(Linear(torch.eye(2, dtype=torch.float64)), integrator=kind(steps=n))(X) - exact)
            .abs()
            .max()
        )
        for n in (8, 16)
    ]
    assert errors[0] / errors[1] == pytest.approx(2**order, rel=0.15)


def test_euler_in_k_steps_is_the_residual_flow_of_the_same_velocity():
    torch.manual_seed(0)
    v = AffineShortcut(2, gain=1.0).double()

    class Steady(nn.Module):
        def forward(self, x: Tensor, t: Tensor) -> Tensor:
            return v(x)

    flow = VelocityFlow(Steady(), integrator=Euler(steps=5))
    torch.testing.assert_close(flow(X), ResidualFlow([v] * 5)(X))


def test_images_flow_too():
    class Fade(nn.Module):
        def forward(self, x: Tensor, t: Tensor) -> Tensor:
            return -x

    x = torch.ones(2, 3, 4, 4)
    torch.testing.assert_close(VelocityFlow(Fade())(x), x / math.e, rtol=1e-4, atol=0)


@pytest.mark.parametrize("times", [[], [0.5, 0.2], [0.0, 0.0], [-0.1, 0.5], [0.5, 1.1]])
def test_times_that_are_no_way_forward_are_refused(times: list[float]):
    with pytest.raises(ValueError, match="increase strictly"):
        VelocityFlow(Clock()).trajectory(X, times=torch.tensor(times))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Euler(steps=0), "at least one step"),
        (lambda: RK4(steps=0), "at least one step"),
        (lambda: Adaptive(relative=0.0), "positive tolerances"),
        (lambda: AffineShortcut(2, width=0), "width > 0"),
        (lambda: AffineShortcut(2, gain=-1), "gain ≥ 0"),
        (lambda: VelocityMLP(2, hidden=()), "hidden layer"),
    ],
)
def test_what_cannot_flow_is_refused(make, words: str):
    with pytest.raises(ValueError, match=words):
        make()


def test_nets_with_no_gain_start_at_rest():
    x, t = (
        torch.randn(5, 3, generator=torch.Generator().manual_seed(0)),
        torch.rand(5, generator=torch.Generator().manual_seed(1)),
    )
    assert torch.equal(AffineShortcut(3, gain=0)(x), torch.zeros(5, 3))
    assert torch.equal(VelocityMLP(3, gain=0)(x, t), torch.zeros(5, 3))
