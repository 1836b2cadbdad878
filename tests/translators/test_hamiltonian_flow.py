"""Hamiltonian flows as translators: known flows, too much time, augmentation, scaling, and blowing up."""

from __future__ import annotations

import math

import pytest
import torch

from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mechanics import HarmonicOscillator, Pendulum, QuadraticHamiltonian
from udtlib.numerics.hamiltonian import Hamiltonian, SeparableHamiltonian
from udtlib.numerics.integrators import (
    RK4,
    Adaptive,
    BlowUpError,
    Euler,
    ImplicitMidpoint,
    IntegrationError,
    Integrator,
    Leapfrog,
    Tao,
    Yoshida4,
)
from udtlib.translators.hamiltonian_flow import Augmentation, HamiltonianFlow
from udtlib.types import Tensor

X = torch.randn(6, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def turned(x: Tensor, angle: float) -> Tensor:
    q, p = x.chunk(2, dim=1)
    c, s = math.cos(angle), math.sin(angle)
    return torch.cat([c * q + s * p, c * p - s * q], dim=1)


def test_an_oscillator_translates_by_a_rotation_and_goes_on_when_given_more_time():
    flow = HamiltonianFlow(HarmonicOscillator(), integrator=Yoshida4(steps=40))
    torch.testing.assert_close(flow(X), turned(X, 1.0), rtol=0, atol=1e-6)
    torch.testing.assert_close(flow.inverse(X), turned(X, -1.0), rtol=0, atol=1e-6)
    times = torch.tensor([0.0, 0.5, 2.5, -1.0, 1.0])
    path = flow.trajectory(X, times=times)
    expected = torch.stack([turned(X, float(t)) for t in times])
    torch.testing.assert_close(path, expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(path[4], flow(X), rtol=0, atol=1e-14)


def test_a_pendulum_keeps_its_energy():
    flow = HamiltonianFlow(Pendulum(), integrator=Yoshida4(steps=20))
    far = flow.trajectory(X, times=torch.tensor([1.0, 10.0]))
    for x in far:
        torch.testing.assert_close(flow.energy(x), flow.energy(X), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("hamiltonian", "integrator", "exact"),
    [
        (SeparableMLP, None, True),
        (HamiltonianMLP, None, False),
        (SeparableMLP, Yoshida4(), True),
        (HamiltonianMLP, ImplicitMidpoint(), True),
        (HamiltonianMLP, Tao(), False),
        (HamiltonianMLP, Euler(), False),
        (HamiltonianMLP, Adaptive(), False),
    ],
)
@pytest.mark.parametrize("scaling", [False, True])
def test_the_inverse_is_exact_where_the_integrator_is_reversible(
    hamiltonian: type[Hamiltonian], integrator: Integrator | None, exact: bool, scaling: bool
):
    torch.manual_seed(0)
    flow = HamiltonianFlow(hamiltonian(2, hidden=(8, 8, 8), gain=5.0), integrator=integrator, scaling=scaling)
    flow = flow.double()
    if scaling:
        torch.nn.init.constant_(flow.slow_rate, 0.05)
    assert flow.exact is exact
    with torch.no_grad():
        error = float((flow.inverse(flow(X)) - X).abs().max())
    assert error < 1e-11 if exact else error < 0.1


def test_the_integrator_that_is_taken_by_itself_depends_on_the_energy():
    assert isinstance(HamiltonianFlow(Pendulum()).integrator, Leapfrog)
    assert isinstance(HamiltonianFlow(HamiltonianMLP(2)).integrator, RK4)


def test_a_scaling_grows_the_volume_and_is_learned_ten_times_as_fast():
    flow = HamiltonianFlow(HarmonicOscillator(), integrator=Leapfrog(steps=20), scaling=True).double()
    assert torch.equal(flow.gamma, torch.tensor(0.0).double())
    torch.nn.init.constant_(flow.slow_rate, math.log(2) / 10)
    torch.testing.assert_close(flow(X), 2 * turned(X, 1.0), rtol=0, atol=2e-3)
    D = torch.autograd.functional.jacobian(lambda one: flow(one[None])[0], X[0])
    assert float(torch.linalg.det(D)) == pytest.approx(4, abs=1e-10)
    flow(X).sum().backward()
    assert float(flow.slow_rate.grad.abs()) > 0
    assert HamiltonianFlow(Pendulum()).gamma is None


@pytest.mark.parametrize("extra", [1, 3])
@pytest.mark.parametrize("learned", [False, True])
def test_an_odd_dimension_takes_added_coordinates(extra: int, learned: bool):
    torch.manual_seed(0)
    added = Augmentation(extra=extra, learned=learned)
    flow = HamiltonianFlow(SeparableMLP(3 + extra, hidden=(8, 8, 8), gain=3.0), augmentation=added).double()
    x = torch.randn(4, 3, dtype=torch.float64)
    y = flow(x)
    assert y.shape == flow.inverse(y).shape == x.shape
    assert not flow.exact
    z = flow.evolve(flow.lifted(x))
    torch.testing.assert_close(flow.lowered(z), y)
    torch.testing.assert_close(flow.evolve(z, start=1, end=0), flow.lifted(x), rtol=0, atol=1e-13)
    assert flow.phase_path(x, times=torch.tensor([0.5, 1.0])).shape == (2, 4, 3 + extra)
    if learned:
        y.sum().backward()
        assert bool((flow.learned_extra.grad != 0).any())


def test_momenta_that_are_added_at_zero_lift_the_volume_law_and_keep_the_inverse():
    """H = p'q log 2 doubles every position, which no flow of positions and momenta alone could do."""
    none, half = torch.zeros(2, 2), math.log(2) * torch.eye(2)
    S = torch.cat([torch.cat([none, half], dim=1), torch.cat([half, none], dim=1)]).double()
    flow = HamiltonianFlow(
        QuadraticHamiltonian(S), integrator=RK4(steps=40), augmentation=Augmentation(extra=2)
    )
    torch.testing.assert_close(flow(X), 2 * X, rtol=0, atol=1e-6)
    torch.testing.assert_close(flow.inverse(2 * X), X, rtol=0, atol=1e-6)
    assert torch.equal(flow.evolve(flow.lifted(X))[:, 2:], torch.zeros_like(X))


class Falling(SeparableHamiltonian):
    r"""H = p²/2 - q³/3: from q = 24, p = 96 it is q = 6 / (½ - t)²."""

    def forward(self, x: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return x[:, 1] ** 2 / 2 - x[:, 0] ** 3 / 3

    def kinetic_gradient(self, p: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return p

    def potential_gradient(self, q: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return -(q**2)


BLOWING = pytest.mark.parametrize(
    "integrator",
    [
        Euler(steps=200),
        RK4(steps=64),
        Leapfrog(steps=64),
        Yoshida4(steps=64),
        ImplicitMidpoint(steps=64),
        Adaptive(relative=1e-3, absolute=1e-3),
    ],
    ids=lambda integrator: type(integrator).__name__,
)


@BLOWING
@torch.no_grad()
def test_a_solution_that_ends_is_reported_with_its_time_and_never_returned(integrator: Integrator):
    flow = HamiltonianFlow(Falling(2), integrator=integrator)
    x = torch.tensor([[24.0, 96.0], [-1.0, 0.0]], dtype=torch.float64)
    with pytest.raises(IntegrationError, match=r"grows? in all directions|coercive") as caught:
        flow(x)
    assert caught.value.time == pytest.approx(0.5, abs=0.1)
    with pytest.raises(IntegrationError):
        flow.trajectory(x, times=torch.tensor([0.1, 1.0, 0.2]))
    before = flow.trajectory(x, times=torch.tensor([0.1, 0.25]))
    torch.testing.assert_close(before[1, 0, 0], torch.tensor(96.0).double(), rtol=0.1, atol=0)


def test_a_saddle_conserves_its_energy_and_runs_away_all_the_same():
    saddle = QuadraticHamiltonian(torch.diag(torch.tensor([-1.0, 1.0], dtype=torch.float64)))  # (p² - q²) / 2
    flow = HamiltonianFlow(saddle, integrator=RK4(steps=20))
    q, p = X.chunk(2, dim=1)
    grown = torch.cat([math.cosh(1) * q + math.sinh(1) * p, math.cosh(1) * p + math.sinh(1) * q], dim=1)
    torch.testing.assert_close(flow(X), grown, rtol=0, atol=1e-5)
    with pytest.raises(BlowUpError, match=r"of the way from 0 to 20.*take a coercive H") as caught:
        flow.trajectory(X, times=torch.tensor([0.0, 20.0]))
    # e^t passes a million before t = 16, with the growth counted from 1 + |x|
    assert 12 < caught.value.time < 17


def test_an_explosion_on_the_way_back_is_reported_too():
    flow = HamiltonianFlow(Falling(2), integrator=RK4(steps=64))
    with pytest.raises(BlowUpError, match="of the way from 1 to 0") as caught:
        flow.inverse(torch.tensor([[24.0, -96.0]], dtype=torch.float64))
    assert caught.value.time == pytest.approx(0.5, abs=0.1)


def test_samples_that_are_not_finite_are_named_as_the_cause():
    with pytest.raises(ValueError, match="samples must be finite"):
        HamiltonianFlow(Pendulum())(X * math.nan)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"samples have 3 entries, but the flow takes 2.*Augmentation"):
        HamiltonianFlow(Pendulum())(torch.zeros(1, 3))
    with pytest.raises(ValueError, match="extra=2, dimension=2"):
        HamiltonianFlow(Pendulum(), augmentation=Augmentation(extra=2))
    with pytest.raises(ValueError, match="growth_limit=1"):
        HamiltonianFlow(Pendulum(), growth_limit=1)
    with pytest.raises(ValueError, match="adds at least one"):
        Augmentation(extra=0)
    with pytest.raises(ValueError, match="at least one time"):
        HamiltonianFlow(Pendulum()).trajectory(X, times=torch.zeros(0))
