"""Residual flows: closed forms of Euler's rule, the way, and both inverses: one exact, one off by Δt."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn

from udtlib.nets.mlp import mlp
from udtlib.numerics.implicit import FixedPoint, Newton
from udtlib.translators.base import FlowTranslator
from udtlib.translators.residual_flow import InverseError, ResidualFlow, residual_flow
from udtlib.transport.dynamic import transport_energy
from udtlib.types import Tensor


class Constant(nn.Module):
    """v(x) = b."""

    def __init__(self, *b: float) -> None:
        super().__init__()
        self.b = nn.Parameter(torch.tensor(b, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return self.b.expand_as(x)


class Scaling(nn.Module):
    """v(x) = a x."""

    def __init__(self, a: float) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return self.a * x


class Parabola(nn.Module):
    """v(x) = x² − x: one step of length 1 squares, and there is no way back from below zero."""

    def forward(self, x: Tensor) -> Tensor:
        return x.square() - x


def points(count: int = 20, dimension: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, dimension, generator=generator, dtype=torch.float64)


def smooth(dimension: int, *, gain: float = 1.0, hidden: int = 16) -> nn.Module:
    """One velocity, to be used in flows with different numbers of steps."""
    torch.manual_seed(0)
    net = mlp([dimension, hidden, dimension], activation=nn.Tanh).double().requires_grad_(False)
    net[-1].weight.mul_(gain)
    return net


@pytest.mark.parametrize("K", [1, 4, 9])
def test_equal_constant_velocities_move_by_one_velocity_whatever_k_is(K: int) -> None:
    T, x = ResidualFlow([Constant(1.0, -3.0)] * K), points()
    b = torch.tensor([1.0, -3.0]).double()
    assert T.dt == 1 / K
    torch.testing.assert_close(T(x), x + b)
    torch.testing.assert_close(T.inverse(x), x - b)
    torch.testing.assert_close(T.naive_inverse(x), x - b)
    times = torch.linspace(0, 1, K + 1)
    torch.testing.assert_close(T.path(x), x + times.double().view(-1, 1, 1) * b)


@pytest.mark.parametrize("K", [1, 4, 9])
@pytest.mark.parametrize("a", [-0.8, 0.5, 2.0])
def test_linear_velocities_compound(K: int, a: float) -> None:
    r"""(1 + Δt a)ᴷ there; the naive way back leaves (1 − Δt² a²)ᴷ of a sample."""
    T, x = ResidualFlow([Scaling(a)] * K), points()
    grown = (1 + a / K) ** K
    torch.testing.assert_close(T(x), grown * x)
    torch.testing.assert_close(T.inverse(x), x / grown)
    torch.testing.assert_close(T.naive_inverse(T(x)), (1 - (a / K) ** 2) ** K * x)


def test_many_steps_approach_the_exponential() -> None:
    T = ResidualFlow([Scaling(1.0)] * 2000)
    torch.testing.assert_close(T(points()), math.e * points(), rtol=5e-4, atol=0)


def test_velocities_come_in_turn_and_are_undone_the_last_one_first() -> None:
    T, x = ResidualFlow([Constant(2.0, 0.0), Scaling(3.0)]), points()
    b = torch.tensor([2.0, 0.0]).double()
    torch.testing.assert_close(T(x), (x + b / 2) * 2.5)
    torch.testing.assert_close(T.inverse(x), x / 2.5 - b / 2)
    torch.testing.assert_close(T.naive_inverse(x), -0.5 * x - b / 2)


def test_the_path_begins_at_x_and_ends_at_its_translation() -> None:
    T, x = residual_flow(3, steps=5, gain=1.0).double(), points(dimension=3)
    path = T.path(x)
    assert path.shape == (6, 20, 3)
    assert torch.equal(path[0], x)
    assert torch.equal(path[-1], T(x))
    for k, v in enumerate(T.velocities):
        torch.testing.assert_close(path[k + 1] - path[k], v(path[k]) / 5)


@pytest.mark.parametrize("K", [1, 3, 7])
def test_the_trajectory_is_the_polygon_through_the_path(K: int) -> None:
    T, x = residual_flow(2, steps=K, gain=1.0).double(), points()
    path = T.path(x)
    knots = torch.arange(K + 1) / K
    torch.testing.assert_close(T.trajectory(x, times=knots), path, atol=1e-6, rtol=1e-6)
    share = 0.25
    between = T.trajectory(x, times=(torch.arange(K).double() + share) / K)
    torch.testing.assert_close(between, (1 - share) * path[:-1] + share * path[1:])
    assert torch.equal(T.trajectory(x, times=torch.tensor([1.0, 0.0])), path[[-1, 0]])


def test_the_trajectory_of_images_has_their_shape() -> None:
    torch.manual_seed(0)
    T = ResidualFlow([nn.Conv2d(2, 2, 3, padding=1) for _ in range(3)]).double()
    x = points(4, 2 * 25).view(4, 2, 5, 5)
    assert T.trajectory(x, times=torch.tensor([0.0, 0.4, 1.0])).shape == (3, 4, 2, 5, 5)
    assert (T.inverse(T(x)) - x).abs().max() < 1e-10


@pytest.mark.parametrize("time", [-0.1, 1.1, float("nan")])
def test_a_time_outside_the_way_is_refused(time: float) -> None:
    with pytest.raises(ValueError, match=r"times lie in \[0, 1\]"):
        ResidualFlow([Constant(1.0, 0.0)]).trajectory(points(), times=torch.tensor([0.5, time]))


@pytest.mark.parametrize("K", [9, 30])
def test_the_exact_inverse_undoes_the_flow_to_ten_digits(K: int) -> None:
    torch.manual_seed(0)
    T, x = residual_flow(5, steps=K, hidden=32, gain=1.0).double(), 2 * points(50, 5)
    assert T.exact
    assert (T(x) - x).norm(dim=1).min() > 0.05
    assert (T.inverse(T(x)) - x).abs().max() < 1e-10
    assert (T(T.inverse(x)) - x).abs().max() < 1e-10


def test_the_naive_inverse_s_error_halves_with_the_step_and_the_exact_one_s_is_rounding() -> None:
    v, x = smooth(3), points(200, 3)
    naive, exact = [], []
    for K in (10, 20, 40, 80):
        T = ResidualFlow([v] * K)
        y = T(x)
        naive.append((T.naive_inverse(y) - x).square().mean().sqrt().item())
        exact.append((T.inverse(y) - x).abs().max().item())
    assert naive[0] > 1e-3
    assert [a / b for a, b in zip(naive[:-1], naive[1:], strict=True)] == pytest.approx([2] * 3, rel=0.1)
    assert max(exact) < 1e-12


@pytest.mark.parametrize("power", [1.5, 2.0, 3.0])
def test_effort_does_not_depend_on_the_number_of_steps(power: float) -> None:
    efforts = [
        transport_energy(ResidualFlow([Constant(1.0, -2.0)] * K).path(points()), power=power).item()
        for K in (1, 5, 30)
    ]
    assert efforts == pytest.approx([1 + 2**power] * 3)


def test_what_has_no_preimage_is_named() -> None:
    T, y = ResidualFlow([Parabola()], solver=Newton()), torch.tensor([[4.0], [-3.0]]).double()
    answer = T.try_inverse(y)
    assert answer.converged.tolist() == [True, False]
    assert float(answer.x[0]) == pytest.approx(2)
    with pytest.raises(
        InverseError,
        match=r"1 of 2 samples could not be brought back \(worst relative residual 0\.\d+\).* 1;",
    ):
        T.inverse(y)


def test_a_sample_lost_on_the_way_stays_lost() -> None:
    """The second step cannot be undone; the first one can, from wherever one stands."""
    T, y = ResidualFlow([Constant(1.0), Steep()]), torch.tensor([[1.0], [-1.0]]).double()
    answer = T.try_inverse(y)
    assert answer.converged.tolist() == [True, False]
    assert float(answer.x[0]) == pytest.approx(1 - 0.5)
    # The worst of the steps: the second one's, at x = 0, and not the first one's zero.
    assert answer.residual.tolist() == pytest.approx([0, 0.5], abs=1e-6)


class Steep(nn.Module):
    """v(x) = 2 (x² − x), so that a step of length ½ squares."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * (x.square() - x)


def test_a_solver_of_one_s_own_is_used() -> None:
    y = points()
    T = ResidualFlow([Scaling(0.5)], solver=FixedPoint(iterations=2))
    assert not T.try_inverse(y).converged.any()
    torch.testing.assert_close(T.try_inverse(y).x, (1 - 0.5 + 0.25) * y)


def test_gradients_flow_forth_and_not_back() -> None:
    torch.manual_seed(0)
    T, x = residual_flow(2, steps=3).double(), points(4).requires_grad_()
    T.path(x).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in T.velocities[0].parameters())
    assert all(p.grad is not None for p in T.parameters())
    assert x.grad.abs().sum() > 0
    assert not T.inverse(x).requires_grad
    assert not T.naive_inverse(x).requires_grad
    assert not T.try_inverse(x).residual.requires_grad


@pytest.mark.parametrize("net", [nn.BatchNorm1d(2), nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))])
def test_batch_normalisation_is_refused(net: nn.Module) -> None:
    with pytest.raises(ValueError, match="depend on the rest of its batch"):
        ResidualFlow([Constant(0.0, 0.0), net])


def test_normalisation_of_single_samples_is_not() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 2))
    T = ResidualFlow([net, net]).double()
    assert isinstance(T, FlowTranslator)
    x = 3 * points(5)
    torch.testing.assert_close(T(T.inverse(x)), x)


def test_a_gain_of_zero_starts_at_the_identity_and_one_of_one_at_the_usual_size() -> None:
    torch.manual_seed(0)
    x = points(200, 100).float()
    assert torch.equal(residual_flow(100, gain=0)(x), x)
    usual, tenth = (residual_flow(100, steps=1, hidden=400, gain=gain) for gain in (1.0, 0.1))
    # Halved by the ReLU.
    assert (usual(x) - x).square().mean().item() == pytest.approx(0.5, rel=0.15)
    assert (tenth(x) - x).square().mean().item() == pytest.approx(0.005, rel=0.15)


def test_the_factory_s_shapes() -> None:
    T = residual_flow(3, steps=4, hidden=7, activation=nn.Tanh, solver=Newton())
    assert len(T.velocities) == 4
    assert [p.shape for p in T.velocities[0].parameters()] == [(7, 3), (7,), (3, 7), (3,)]
    assert isinstance(T.velocities[0][1], nn.Tanh)
    assert T.solver == Newton()
    assert len({id(p) for p in T.parameters()}) == 16


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ResidualFlow([]), "at least one velocity, got none"),
        (lambda: residual_flow(0), "dimension=0"),
        (lambda: residual_flow(2, steps=0), "steps=0"),
        (lambda: residual_flow(2, hidden=0), "hidden=0"),
        (lambda: residual_flow(2, gain=-1), "gain=-1"),
    ],
)
def test_impossible_flows_are_refused(make: Callable[[], ResidualFlow], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
