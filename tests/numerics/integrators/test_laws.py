"""What each integrator keeps: its order, the form Ω and volume, and the way back."""

from __future__ import annotations

import math

import pytest
import torch

from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mechanics import HarmonicOscillator, Pendulum, QuadraticHamiltonian
from udtlib.numerics.hamiltonian import (
    DynamicalSystem,
    Hamiltonian,
    Scaled,
    SeparableHamiltonian,
    symplectic_form,
)
from udtlib.numerics.integrators import (
    RK3,
    RK4,
    Adaptive,
    Euler,
    FixedStep,
    ImplicitMidpoint,
    Integrator,
    Leapfrog,
    Midpoint,
    Tao,
    Yoshida4,
)
from udtlib.types import Tensor

FIXED = (Euler, Midpoint, RK3, RK4, Leapfrog, Yoshida4, ImplicitMidpoint, Tao)
SPLITTING = (Leapfrog, Yoshida4)
EVERY = pytest.mark.parametrize("kind", FIXED)
GENERAL = pytest.mark.parametrize("kind", [kind for kind in FIXED if kind not in SPLITTING])

X = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def net(kind: type[Integrator]) -> Hamiltonian:
    """A curved H that this integrator can take."""
    torch.manual_seed(0)
    make = SeparableMLP if kind in SPLITTING else HamiltonianMLP
    H = make(4, hidden=(8, 8, 8)).double()
    with torch.no_grad():
        for parameter in H.parameters():
            parameter.mul_(2.5)
    return H


class Quickening(SeparableHamiltonian):
    r"""H = eᵗ (p² + q²) / 2: a rotation by the angle e^t - 1."""

    def forward(self, x: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return math.exp(t) * x.square().sum(1) / 2

    def kinetic_gradient(self, p: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return math.exp(t) * p

    def potential_gradient(self, q: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return math.exp(t) * q


def rotated(x: Tensor, angle: float, *, frequency: float = 1.0) -> Tensor:
    q, p = x.chunk(2, dim=1)
    c, s = math.cos(angle), math.sin(angle)
    return torch.cat([c * q + s / frequency * p, c * p - s * frequency * q], dim=1)


def orders(
    kind: type[FixedStep], system: DynamicalSystem, exact: Tensor, *, steps: int, end: float = 1.0
) -> list[float]:
    errors = [float((kind(steps=steps * 2**k)(system, X, end=end) - exact).norm().detach()) for k in range(3)]
    return [math.log2(a / b) for a, b in zip(errors[:-1], errors[1:], strict=True)]


def jacobian(integrator: Integrator, system: DynamicalSystem, x: Tensor, *, end: float = 1.0) -> Tensor:
    def flow(x: Tensor) -> Tensor:
        return integrator(system, x[None], end=end)[0]

    return torch.autograd.functional.jacobian(flow, x)


@EVERY
def test_the_error_of_an_oscillator_falls_with_the_order(kind: type[FixedStep]):
    system, exact = HarmonicOscillator(4, frequency=2.0), rotated(X, 2.0, frequency=2.0)
    assert orders(kind, system, exact, steps=32) == pytest.approx([kind.order] * 2, abs=0.1)


@EVERY
def test_the_error_of_a_pendulum_falls_with_the_order(kind: type[FixedStep]):
    exact = RK4(steps=400)(Pendulum(4), X, end=1.5)
    assert orders(kind, Pendulum(4), exact, steps=16, end=1.5) == pytest.approx([kind.order] * 2, abs=0.35)


@EVERY
def test_an_energy_that_depends_on_the_time_keeps_the_order(kind: type[FixedStep]):
    exact = rotated(X, math.e - 1)
    assert orders(kind, Quickening(4), exact, steps=32) == pytest.approx([kind.order] * 2, abs=0.15)
    back = rotated(X, math.exp(-0.5) - 1)
    torch.testing.assert_close(kind(steps=256)(Quickening(4), X, end=-0.5), back, rtol=0, atol=5e-3)


@EVERY
def test_a_scaling_is_part_of_the_flow_and_keeps_the_order(kind: type[FixedStep]):
    rate = torch.tensor(0.4, dtype=torch.float64)
    system = Scaled(HarmonicOscillator(4, frequency=2.0), rate)
    exact = math.exp(0.4) * rotated(X, 2.0, frequency=2.0)
    assert orders(kind, system, exact, steps=32) == pytest.approx([kind.order] * 2, abs=0.15)


@GENERAL
def test_a_general_quadratic_energy_flows_as_the_matrix_exponential_says(kind: type[FixedStep]):
    half = torch.randn(4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    S = (half + half.T) / 2
    exact = X @ torch.linalg.matrix_exp(symplectic_form(4) @ S).T
    assert orders(kind, QuadraticHamiltonian(S), exact, steps=64) == pytest.approx([kind.order] * 2, abs=0.15)


@pytest.mark.parametrize("kind", [*FIXED, Adaptive])
def test_whether_the_form_and_volume_are_preserved_is_as_stated(kind: type[Integrator]):
    integrator = Adaptive(relative=1e-3, absolute=1e-3) if kind is Adaptive else kind(steps=4)
    J, D = symplectic_form(4), jacobian(integrator, net(kind), X[0])
    defect = float((D.T @ J @ D - J).abs().max())
    volume = abs(float(torch.linalg.det(D).abs()) - 1)
    if integrator.symplectic:
        assert defect < 1e-8
        assert volume < 1e-8
    else:
        assert defect > 1e-6
    assert float((D - torch.eye(4)).abs().max()) > 0.3  # the flow is not nearly the identity


def test_in_the_doubled_space_tao_s_method_is_symplectic_and_reversible():
    system, J = net(Tao), symplectic_form(4)
    form = torch.block_diag(J, J)
    z = torch.cat([X, X + 0.1 * X.flip(0)], dim=1)

    def there(z: Tensor, step: float = 0.25, start: float = 0.0) -> Tensor:
        return Tao(steps=4).extended(system, z, start=start, step=step, count=4)

    D = torch.autograd.functional.jacobian(lambda one: there(one[None])[0], z[0])
    torch.testing.assert_close(D.T @ form @ D, form, rtol=0, atol=1e-10)
    torch.testing.assert_close(there(there(z), -0.25, 1.0), z, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", SPLITTING)
def test_with_a_scaling_the_volume_grows_by_its_exponential(kind: type[FixedStep]):
    system = Scaled(net(kind), torch.tensor(-0.3, dtype=torch.float64))
    D = jacobian(kind(steps=3), system, X[0])
    assert float(torch.linalg.det(D)) == pytest.approx(math.exp(-0.3 * 4), abs=1e-10)


@pytest.mark.parametrize("kind", [*FIXED, Adaptive])
@pytest.mark.parametrize("end", [1.0, 0.55, -0.7, 2.5])
@torch.no_grad()
def test_whether_the_way_back_undoes_the_way_there_is_as_stated(kind: type[Integrator], end: float):
    integrator, system = Adaptive() if kind is Adaptive else kind(steps=4), net(kind)
    there = integrator(system, X, end=end)
    error = float((integrator(system, there, start=end, end=0) - X).abs().max())
    assert error < 1e-11 if integrator.reversible else error > 1e-9
    assert float((there - X).abs().max()) > 0.1


@torch.no_grad()
def test_in_single_precision_a_leapfrog_returns_within_a_few_roundings():
    system, x = net(Leapfrog).float(), X.float()
    back = Leapfrog(steps=8)(system, Leapfrog(steps=8)(system, x), start=1, end=0)
    assert float((back - x).norm() / x.norm()) < 1e-6


@torch.no_grad()
def test_energy_drifts_by_euler_and_not_by_a_symplectic_method():
    far = {kind: kind(steps=20)(Pendulum(4), X, end=8) for kind in (Euler, Leapfrog, ImplicitMidpoint)}
    drift = {kind: float((Pendulum(4)(x) - Pendulum(4)(X)).abs().max()) for kind, x in far.items()}
    assert drift[Euler] > 30 * drift[Leapfrog]
    assert max(drift[Leapfrog], drift[ImplicitMidpoint]) < 1e-2


@pytest.mark.parametrize("kind", SPLITTING)
def test_a_splitting_refuses_a_general_energy_and_says_what_takes_it(kind: type[FixedStep]):
    with pytest.raises(TypeError, match=r"got HamiltonianMLP; for a general H use ImplicitMidpoint.* or Tao"):
        kind()(HamiltonianMLP(4), X.float())
    with pytest.raises(TypeError, match=r"ImplicitMidpoint.* or Tao"):
        kind()(Scaled(HamiltonianMLP(4), torch.tensor(0.1)), X.float())


class Rest(DynamicalSystem):
    def field(self, x: Tensor, t: float | Tensor) -> Tensor:
        return 0 * x


@pytest.mark.parametrize("kind", [Leapfrog, Yoshida4, Tao])
def test_a_splitting_needs_a_hamiltonian(kind: type[FixedStep]):
    with pytest.raises(TypeError, match="got Rest"):
        kind()(Rest(), X)


@EVERY
def test_an_integrator_takes_steps(kind: type[FixedStep]):
    with pytest.raises(ValueError, match="steps=0"):
        kind(steps=0)


def test_tao_s_copies_need_a_binding():
    with pytest.raises(ValueError, match="omega=0"):
        Tao(omega=0)
