"""Integrators on every kind of state, time and option: the right value, or one clear error."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.properties import examples
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mechanics import HarmonicOscillator
from udtlib.numerics.hamiltonian import (
    DynamicalSystem,
    Hamiltonian,
    Scaled,
    SeparableHamiltonian,
    symplectic_form,
)
from udtlib.numerics.implicit import Fallback, FixedPoint, Newton
from udtlib.numerics.integrators import (
    RK3,
    RK4,
    Adaptive,
    BlowUpError,
    Euler,
    ImplicitMidpoint,
    Leapfrog,
    Midpoint,
    StepError,
    Tao,
    Yoshida4,
)
from udtlib.translators.hamiltonian_flow import Augmentation, HamiltonianFlow
from udtlib.translators.velocity_flow import VelocityFlow

pytestmark = pytest.mark.usefixtures("as_a_user")

FIXED = (Euler, Midpoint, RK3, RK4, Leapfrog, Yoshida4, ImplicitMidpoint, Tao)
RECONSTRUCTING = tuple(kind(reconstruct=True) for kind in (Leapfrog, Yoshida4, ImplicitMidpoint, Tao))
ALL = (*(kind() for kind in FIXED), *RECONSTRUCTING, Adaptive(), Adaptive(adjoint=True))
EVERY = pytest.mark.parametrize("integrator", ALL, ids=str)
GENERAL = (Euler(), Midpoint(), RK4(), ImplicitMidpoint(), Adaptive())
X = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 3.0]])
H = HarmonicOscillator()


def close(answer: torch.Tensor, right: torch.Tensor) -> None:
    torch.testing.assert_close(answer.double(), right.double(), rtol=1e-4, atol=1e-4)


@EVERY
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.float64])
def test_states_of_every_type_go_the_way_of_double_precision(integrator, dtype):
    answer = integrator(H, X.to(dtype))
    assert answer.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    close(answer, integrator(H, X.double()))
    times = torch.tensor([0.3, 1.0])
    path = integrator.path(H, X.to(dtype), times=times)
    assert path.dtype == answer.dtype
    close(path[1], answer)


@EVERY
def test_other_kinds_of_states(integrator):
    right = integrator(H, X.double())
    close(integrator(H, X.double().numpy()), right)
    close(integrator(H, (X > 0)), integrator(H, (X > 0).double()))
    close(integrator(H, torch.stack([X, -X], dim=-1)[..., 0]), right)
    assert integrator(H, X[:0]).shape == (0, 2)
    assert integrator.path(H, X[:0], times=torch.tensor([0.5, 1.0])).shape == (2, 0, 2)
    assert integrator.path(H, X, times=torch.tensor([])).shape == (0, 3, 2)
    x = X.half().requires_grad_()
    integrator(H, x).sum().backward()
    assert x.grad.dtype == torch.float16
    assert x.grad.isfinite().all()


@EVERY
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (
            torch.ones(2, 3),
            ValueError,
            "x has 3 coordinates, but the phase space of HarmonicOscillator has 2",
        ),
        (torch.ones(2, 4), ValueError, "x has 4 coordinates"),
        (torch.ones(2, 1), ValueError, "x has 1 coordinates"),
        (torch.ones(2, 0), ValueError, "x has 0 coordinates"),
        (torch.ones(2), ValueError, r"x has shape \(2,\), not \(samples, coordinates\)"),
        (torch.tensor(1.0), ValueError, r"x has shape \(\), not"),
        (torch.ones(1, 2, 2), ValueError, r"x has shape \(1, 2, 2\), not"),
        (torch.ones(2, 2) * 1j, TypeError, "x must be a dense tensor of real numbers, got complex64"),
        ([[1.0, 0.0]], TypeError, "x must be a tensor, got builtins.list"),
    ],
)
def test_states_that_are_no_points_of_phase_space_are_refused(integrator, x, error, message):
    for system in (H, Scaled(H, torch.tensor(0.1))):
        with pytest.raises(error, match=message):
            integrator(system, x)
        with pytest.raises(error, match=message):
            integrator.path(system, x, times=torch.tensor([1.0]))


@EVERY
def test_times_may_be_numbers_of_any_kind(integrator):
    right = integrator(H, X, end=1.0, start=0.25)
    for end in (1, np.float64(1), torch.tensor(1.0), torch.tensor([1])):
        close(integrator(H, X, end=end, start=torch.tensor(0.25, dtype=torch.float64)), right)
    whole = integrator.path(H, X, times=torch.tensor([1, 0]), start=torch.tensor(0.25))
    close(whole[0], right)
    close(integrator.path(H, X, times=np.array([1.0]), start=0.25)[0], right)


@EVERY
@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (math.nan, ValueError, "must be a finite number, got .*=nan"),
        (math.inf, ValueError, "must be a finite number, got .*=inf"),
        (torch.tensor(-math.inf), ValueError, "must be a finite number, got .*=-inf"),
        (torch.tensor(1.0, requires_grad=True), ValueError, r"give end\.detach\(\)|give start\.detach\(\)"),
        (torch.ones(2), TypeError, "must be one real number"),
        ("soon", TypeError, "must be one real number"),
        (None, TypeError, "must be one real number"),
    ],
)
def test_times_that_are_none_are_refused(integrator, bad, error, message):
    with pytest.raises(error, match=message):
        integrator(H, X, end=bad)
    with pytest.raises(error, match=message):
        integrator(H, X, start=bad)


@EVERY
def test_rows_of_times_that_are_none_are_refused(integrator):
    for bad in ([0.5, math.nan], [math.inf, 0.0]):
        with pytest.raises(ValueError, match="every one of the times must be a finite number"):
            integrator.path(H, X, times=torch.tensor(bad))
    with pytest.raises(ValueError, match="times has shape"):
        integrator.path(H, X, times=torch.tensor(1.0))
    with pytest.raises(ValueError, match=r"give times\.detach\(\)"):
        integrator.path(H, X, times=torch.ones(2, requires_grad=True))
    with pytest.raises(TypeError, match="times must be a tensor"):
        integrator.path(H, X, times=[0.0, 1.0])


@examples(40)
@given(
    integrator=st.sampled_from(ALL),
    times=st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=5),
    start=st.sampled_from([0.0, -0.3, 1.0]),
    dtype=st.sampled_from([torch.float32, torch.float64, torch.float16]),
)
def test_times_in_any_order_with_repetitions_give_each_its_place(integrator, times, start, dtype):
    path = integrator.path(H, X, times=torch.tensor(times).to(dtype), start=start)
    assert path.shape == (len(times), 3, 2)
    for t, at in zip(torch.tensor(times).to(dtype).tolist(), path, strict=True):
        torch.testing.assert_close(at, integrator(H, X, start=start, end=t), rtol=0, atol=2e-4)


def test_times_nearer_than_the_states_type_can_tell_are_one_for_the_adaptive_method():
    times = torch.tensor([1.0, 1.0 + 1e-12, 1e-12], dtype=torch.float64)
    path = Adaptive().path(H, X, times=times)
    assert torch.equal(path[0], path[1])
    close(path[2], X)


@pytest.mark.parametrize("kind", FIXED)
@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        (2.5, TypeError, r"a whole number, got steps=2\.5"),
        (True, TypeError, "a whole number, got steps=True"),
        ("8", TypeError, "a whole number, got steps='8'"),
        (math.nan, TypeError, "a whole number, got steps=nan"),
        (0, ValueError, "at least one step, got steps=0"),
        (-1, ValueError, "at least one step, got steps=-1"),
    ],
)
def test_steps_are_counted(kind, steps, error, message):
    with pytest.raises(error, match=message):
        kind(steps=steps)
    close(kind(steps=np.int64(4))(H, X), kind(steps=4)(H, X))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Tao(omega=math.inf), "omega must be a finite number"),
        (lambda: Tao(omega=math.nan), "omega must be a finite number"),
        (lambda: Adaptive(relative=math.inf), "relative must be a finite number"),
        (lambda: Adaptive(absolute=math.nan), "absolute must be a finite number"),
        (lambda: Adaptive(most_steps=2.5), "most_steps counts"),
        (lambda: FixedPoint(tolerance=0.0), "a tolerance is positive"),
        (lambda: FixedPoint(tolerance=math.nan), "tolerance must be a finite number"),
        (lambda: FixedPoint(iterations=1.5), "iterations counts"),
        (lambda: Newton(chunk=True), "chunk counts"),
        (lambda: Newton(tolerance=-1.0), "a tolerance is positive"),
        (lambda: HarmonicOscillator(3), "an even dimension of at least 2, got 3"),
        (lambda: HarmonicOscillator(2.0), "dimension counts and must be a whole number"),
        (lambda: symplectic_form(True), "dimension counts and must be a whole number"),
    ],
)
def test_options_are_what_they_should_be(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


class Field(DynamicalSystem):
    """A field with whatever values."""

    def __init__(self, values) -> None:
        super().__init__()
        self.values = values

    def field(self, x, t):
        return self.values(x)


class Energy(SeparableHamiltonian):
    """Gradients with whatever values."""

    def __init__(self, values) -> None:
        super().__init__(4)
        self.values = values

    def forward(self, x, t=0.0):
        return x.sum(1)

    def kinetic_gradient(self, p, t=0.0):
        return self.values(p)

    def potential_gradient(self, q, t=0.0):
        return self.values(q)


BAD = {
    "one column": (lambda x: x[:, :1], "must answer"),
    "one row": (lambda x: x[:1], "must answer"),
    "no row": (lambda x: x[0], "must answer"),
    "double": (lambda x: x.double(), "float64"),
    "half": (lambda x: x.half(), "float16"),
    "meta": (lambda x: x.to("meta"), "on meta"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_field_that_changes_shape_or_type_is_refused(name):
    values, message = BAD[name]
    for integrator in GENERAL:
        with pytest.raises(ValueError, match=message):
            integrator(Field(values), torch.ones(3, 4))
    for integrator in (Leapfrog(), Yoshida4(), Leapfrog(reconstruct=True)):
        with pytest.raises(ValueError, match=f"∇[VT] must answer.*{message.removeprefix('must answer')}"):
            integrator(Energy(values), torch.ones(3, 4))


class Slope(Hamiltonian):
    """A general energy whose gradient has whatever values."""

    def __init__(self, values) -> None:
        super().__init__(4)
        self.values = values

    def forward(self, x, t=0.0):
        return x.sum(1)

    def gradient(self, x, t=0.0):
        return self.values(x)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("integrator", [*GENERAL, Tao(), Tao(reconstruct=True)], ids=str)
def test_a_gradient_that_changes_shape_or_type_is_refused(name, integrator):
    values, message = BAD[name]
    with pytest.raises(
        ValueError, match=f"the gradient of H must answer.*{message.removeprefix('must answer')}"
    ):
        integrator(Slope(values), torch.ones(3, 4))


@pytest.mark.parametrize("integrator", [*GENERAL, Leapfrog(), Leapfrog(reconstruct=True)], ids=str)
def test_samples_and_nets_of_two_types_are_named(integrator):
    net = SeparableMLP(2, hidden=(4,))
    with pytest.raises(
        ValueError, match="x is float64 and the weights of SeparableMLP are float32; convert one"
    ):
        integrator(net, X.double())
    with pytest.raises(ValueError, match="x is float32 and the weights of SeparableMLP are float64"):
        integrator(net.double(), X)
    flow = HamiltonianFlow(SeparableMLP(2, hidden=(4,)), integrator=integrator)
    with pytest.raises(ValueError, match="x is float64"):
        flow(X.double())


def test_states_that_are_broken_before_the_first_step_are_told_from_a_blow_up():
    broken = torch.tensor([[1.0, math.nan], [0.0, 1.0]])
    for integrator in (ImplicitMidpoint(), Adaptive()):
        with pytest.raises(ValueError, match="x holds NaN or infinity before the first step"):
            integrator(HarmonicOscillator(), broken)
    assert RK4()(H, broken)[0].isnan().any()
    assert RK4()(H, broken)[1].isfinite().all()
    cubic = Field(lambda x: x**3)
    with pytest.raises(BlowUpError, match="grows without bound"):
        Adaptive()(cubic, 2 * torch.ones(1, 2))
    with pytest.raises(StepError, match="was not solved"):
        ImplicitMidpoint(steps=1)(Field(lambda x: x**2 + 10), torch.ones(1, 2))


def test_the_doubled_space_has_two_points_side_by_side():
    with pytest.raises(ValueError, match=r"has 4 entries \(q, p, Q, P\), got shape \(3, 2\)"):
        Tao().extended(H, X, start=0, step=0.1, count=2)


@pytest.mark.parametrize("solver", [FixedPoint(), Newton(), Fallback((FixedPoint(), Newton()))], ids=str)
def test_solvers_take_every_type_and_refuse_other_shapes(solver):
    y = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    right = solver(lambda x: x / 2, y.double(), start=y.double()).x
    for dtype in (torch.int64, torch.float16, torch.bfloat16, torch.float32):
        answer = solver(lambda x: x / 2, y.to(dtype), start=y.to(dtype))
        assert answer.x.dtype == torch.float32
        assert answer.converged.all()
        close(answer.x, right)
    with pytest.raises(ValueError, match="one point for each sample, got start of shape"):
        solver(lambda x: x / 2, y, start=y[:1])
    with pytest.raises(ValueError, match="g must answer"):
        solver(lambda x: x[:, :1], y, start=y)
    with pytest.raises(ValueError, match="not \\(samples"):
        solver(lambda x: x / 2, y[0], start=y[0])
    assert solver(lambda x: x / 2, y[:0], start=y[:0]).x.shape == (0, 2)
    assert not solver(lambda x: x / 2, y * math.nan, start=y).converged.any()


@pytest.mark.parametrize(
    "flow",
    [
        HamiltonianFlow(HamiltonianMLP(4, hidden=(4,)), augmentation=Augmentation(extra=2, learned=True)),
        VelocityFlow(nn.Identity()),
    ],
)
def test_flows_take_whole_numbers_and_half_precision(flow, monkeypatch):
    if isinstance(flow, VelocityFlow):
        monkeypatch.setattr(flow, "net", Twice())
    right = flow(X)
    for dtype in (torch.int64, torch.float16):
        torch.testing.assert_close(flow(X.to(dtype)), right)
        torch.testing.assert_close(flow.trajectory(X.to(dtype), times=torch.tensor([1.0]))[0], right)
    with pytest.raises(ValueError, match=r"x has shape \(2,\), not \(samples"):
        flow(X[0])


class Twice(nn.Module):
    """The velocity 2x."""

    def forward(self, x, t):
        return 2 * x


@EVERY
def test_mixed_precision_changes_no_way_and_no_gradient(integrator):
    torch.manual_seed(0)
    net = SeparableMLP(4, hidden=(16, 16))
    x = torch.randn(5, 4)

    def slopes(*, mixed: bool) -> list[torch.Tensor]:
        start = x.clone().requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            end = integrator(net, start)
        return [end.detach(), *torch.autograd.grad(end.square().sum(), [start, *net.parameters()])]

    right, mixed = slopes(mixed=False), slopes(mixed=True)
    for a, b in zip(mixed, right, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
