"""The gradient that reconstructs the path: equal to backpropagation, with memory that does not grow."""

from __future__ import annotations

import pytest
import torch

from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP, Softplus, Tanh
from udtlib.nets.mechanics import QuadraticHamiltonian
from udtlib.numerics.hamiltonian import DynamicalSystem, Scaled, SeparableHamiltonian, symplectic_form
from udtlib.numerics.implicit import FixedPoint
from udtlib.numerics.integrators import FixedStep, ImplicitMidpoint, Leapfrog, StepError, Tao, Yoshida4
from udtlib.types import Tensor

X = torch.randn(5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
WEIGHT = torch.randn(5, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
EXPLICIT = pytest.mark.parametrize("kind", [Leapfrog, Yoshida4, Tao])
ALL = pytest.mark.parametrize("kind", [Leapfrog, Yoshida4, Tao, ImplicitMidpoint])


def net(kind: type[FixedStep], **settings: object) -> DynamicalSystem:
    torch.manual_seed(0)
    make = SeparableMLP if kind in (Leapfrog, Yoshida4) else HamiltonianMLP
    H = make(4, hidden=(8, 8, 8), **settings).double()
    with torch.no_grad():
        for parameter in H.parameters():
            parameter.mul_(2)
    return H


def slopes(flow, system: torch.nn.Module, *others: Tensor) -> list[Tensor]:
    x = X.clone().requires_grad_()
    loss = (WEIGHT * flow(x)).sum() + flow(x).square().mean()
    return [loss, *torch.autograd.grad(loss, [x, *system.parameters(), *others])]


def assert_equal(found: list[Tensor], expected: list[Tensor]) -> None:
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)
        assert float(b.detach().abs().max()) > 0


@EXPLICIT
@pytest.mark.parametrize("timed", [False, True])
def test_the_reconstructed_gradient_is_that_of_backpropagation(kind: type[FixedStep], timed: bool):
    system = net(kind, timed=timed)
    direct, rebuilt = (
        slopes(lambda x, r=r: kind(steps=6, reconstruct=r)(system, x, end=1.3), system) for r in (False, True)
    )
    assert_equal(rebuilt, direct)


@EXPLICIT
@pytest.mark.parametrize(
    "settings", [{"activation": Softplus()}, {"confinement": 0.5}, {"activation": Tanh()}]
)
def test_derivatives_that_are_written_out_are_those_of_a_graph(kind: type[FixedStep], settings: dict):
    system = net(kind, timed=True, **settings)
    direct, rebuilt = (
        slopes(lambda x, r=r: kind(steps=3, reconstruct=r)(system, x), system) for r in (False, True)
    )
    assert_equal(rebuilt, direct)


@EXPLICIT
def test_weights_that_are_held_or_computed_from_others_get_what_is_theirs(kind: type[FixedStep]):
    system = net(kind)
    layers = [module for module in system.modules() if isinstance(module, torch.nn.Linear)]
    layers[0].bias.requires_grad_(False)
    layers[1].weight.requires_grad_(False)
    learned = [p for p in system.parameters() if p.requires_grad]

    def found(reconstruct: bool) -> list[Tensor]:
        x = X.clone().requires_grad_()
        loss = (WEIGHT * kind(steps=3, reconstruct=reconstruct)(system, x)).sum()
        return list(torch.autograd.grad(loss, [x, *learned]))

    assert_equal(found(True), found(False))
    torch.nn.utils.parametrizations.weight_norm(layers[2])
    learned = [p for p in system.parameters() if p.requires_grad]
    assert_equal(found(True), found(False))


@ALL
@pytest.mark.parametrize("derived", [False, True])
def test_the_rate_of_a_scaling_is_learned_as_well(kind: type[FixedStep], derived: bool):
    H, raw = net(kind), torch.nn.Parameter(torch.tensor(0.3, dtype=torch.float64))

    def flow(x: Tensor, *, reconstruct: bool) -> Tensor:
        system = Scaled(H, 2 * raw if derived else raw)
        return kind(steps=5, reconstruct=reconstruct)(system, x)

    direct, rebuilt = (slopes(lambda x, r=r: flow(x, reconstruct=r), H, raw) for r in (False, True))
    assert_equal(rebuilt, direct)


@pytest.mark.parametrize("reconstruct", [False, True])
def test_the_implicit_gradient_is_that_of_the_unrolled_iteration(reconstruct: bool):
    system = net(ImplicitMidpoint, timed=True)

    def unrolled(x: Tensor, steps: int = 6) -> Tensor:
        for k in range(steps):
            z = x
            for _ in range(80):
                z = x + system.field(z, (k + 0.5) / steps) / (2 * steps)
            x = 2 * z - x
        return x

    integrator = ImplicitMidpoint(steps=6, reconstruct=reconstruct)
    assert_equal(slopes(lambda x: integrator(system, x), system), slopes(unrolled, system))


@pytest.mark.parametrize("reconstruct", [False, True])
def test_steps_too_long_for_the_iteration_are_solved_with_matrices(reconstruct: bool):
    stiff = QuadraticHamiltonian(torch.diag(torch.tensor([30.0, 2.0, 30.0, 1.0], dtype=torch.float64)))
    A = symplectic_form(4) @ stiff.matrix / 4  # Δt / 2 times the field's matrix: its norm is far above 1
    one = torch.linalg.solve(torch.eye(4) - A, torch.eye(4) + A)
    integrator = ImplicitMidpoint(steps=2, reconstruct=reconstruct)
    x = X.clone().requires_grad_()
    y = integrator(stiff, x)
    torch.testing.assert_close(y, x @ (one @ one).T, rtol=0, atol=1e-10)
    (slope,) = torch.autograd.grad((WEIGHT * y).sum(), x)
    torch.testing.assert_close(slope, WEIGHT @ (one @ one), rtol=0, atol=1e-10)


def test_an_unsolved_step_says_when_and_what_helps():
    stiff = QuadraticHamiltonian(torch.eye(4, dtype=torch.float64) * 30)
    with pytest.raises(
        StepError, match=r"length 0.5 at time 0 was not solved for 5 of 5.*more steps"
    ) as caught:
        ImplicitMidpoint(steps=2, solver=FixedPoint(iterations=20))(stiff, X)
    assert caught.value.time == 0


def stored(integrator: FixedStep, system: DynamicalSystem) -> int:
    """Numbers that are kept for the gradient, besides the parameters."""
    known = {p.data_ptr() for p in system.parameters()}
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage().data_ptr() not in known:
            kept[id(tensor)] = tensor.numel()
        alive.append(tensor)
        return tensor

    alive: list[Tensor] = []
    x = X.clone().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = integrator(system, x)
    y.sum().backward()
    assert bool(x.grad.isfinite().all())
    return sum(kept.values())


@ALL
def test_memory_does_not_grow_with_the_steps(kind: type[FixedStep]):
    system = net(kind)
    few, many = (stored(kind(steps=n, reconstruct=True), system) for n in (4, 32))
    assert few == many <= 4 * X.numel()
    direct = [stored(kind(steps=n), system) for n in (4, 32)]
    assert direct[1] > 6 * direct[0]


@ALL
def test_parameters_that_change_before_the_way_back_are_noticed(kind: type[FixedStep]):
    system = net(kind)
    y = kind(steps=3, reconstruct=True)(system, X)
    with torch.no_grad():
        next(system.parameters()).add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


class Constant(SeparableHamiltonian):
    """V(q) = q₁ + q₂ has a slope that depends on nothing."""

    def forward(self, x: Tensor, t: float | Tensor = 0.0) -> Tensor:
        q, p = x.chunk(2, dim=1)
        return q.sum(1) + p.square().sum(1) / 2

    def kinetic_gradient(self, p: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return p

    def potential_gradient(self, q: Tensor, t: float | Tensor = 0.0) -> Tensor:
        return torch.ones_like(q)


@ALL
def test_a_constant_force_passes_no_slope_on(kind: type[FixedStep]):
    x = X.clone().requires_grad_()
    (slope,) = torch.autograd.grad(kind(steps=3, reconstruct=True)(Constant(4), x)[:, 0].sum(), x)
    torch.testing.assert_close(slope, torch.tensor([1.0, 0, 1, 0]).double().expand(5, 4))
