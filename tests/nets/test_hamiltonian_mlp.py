"""Energies and the gradients that are written out for them."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, ScalarMLP, SeparableMLP, Softplus, Tanh
from udtlib.nets.mechanics import HarmonicOscillator, Pendulum, QuadraticHamiltonian
from udtlib.numerics.hamiltonian import Hamiltonian, SeparableHamiltonian

X = torch.randn(5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
SYMMETRIC = torch.tensor([[2.0, 1, 0, 0], [1, 3, 0, 1], [0, 0, 1, 0], [0, 1, 0, -1]], dtype=torch.float64)
SMALL = {"hidden": (7, 6, 5)}

HAMILTONIANS: dict[str, Callable[[], Hamiltonian]] = {
    "mlp": lambda: HamiltonianMLP(4, **SMALL),
    "mlp with softplus": lambda: HamiltonianMLP(4, activation=Softplus(), **SMALL),
    "confined mlp": lambda: HamiltonianMLP(4, confinement=0.7, **SMALL),
    "timed mlp": lambda: HamiltonianMLP(4, timed=True, **SMALL),
    "separable": lambda: SeparableMLP(4, **SMALL),
    "timed, confined separable with softplus": lambda: SeparableMLP(
        4, timed=True, confinement=0.3, activation=Softplus(), **SMALL
    ),
    "quadratic": lambda: QuadraticHamiltonian(SYMMETRIC),
    "oscillator": lambda: HarmonicOscillator(4, frequency=3.0),
    "pendulum": lambda: Pendulum(4),
}
EVERY = pytest.mark.parametrize("make", HAMILTONIANS.values(), ids=HAMILTONIANS)


@EVERY
@pytest.mark.parametrize("t", [0.0, 0.4, torch.tensor(0.4, dtype=torch.float64)])
def test_the_gradient_is_that_of_the_energy(make: Callable[[], Hamiltonian], t: float | torch.Tensor):
    torch.manual_seed(0)
    H, x = make().double(), X.clone().requires_grad_()
    (expected,) = torch.autograd.grad(H(x, t).sum(), x)
    torch.testing.assert_close(H.gradient(x, t), expected, rtol=0, atol=1e-14)
    assert H(x).shape == (5,)
    assert H.gradient(x[:0], t).shape == (0, 4)


@EVERY
def test_the_gradient_can_itself_be_differentiated(make: Callable[[], Hamiltonian]):
    torch.manual_seed(0)
    H = make().double()
    D = torch.autograd.functional.jacobian(lambda one: H.gradient(one[None])[0], X[0])
    hessian = torch.autograd.functional.hessian(lambda one: H(one[None])[0], X[0])
    torch.testing.assert_close(D, hessian, rtol=0, atol=1e-13)


@pytest.mark.parametrize("make", [HarmonicOscillator, Pendulum, lambda d: SeparableMLP(d, **SMALL)])
def test_a_separable_energy_is_the_sum_of_what_its_halves_say(make: Callable[[int], SeparableHamiltonian]):
    torch.manual_seed(0)
    H = make(4).double()
    q, p = X.chunk(2, dim=1)
    none = torch.zeros_like(q)
    whole, parts = H(X), H(torch.cat([q, none], dim=1)) + H(torch.cat([none, p], dim=1))
    torch.testing.assert_close(whole, parts - H(torch.zeros_like(X)))
    torch.testing.assert_close(
        H.gradient(X), torch.cat([H.potential_gradient(q), H.kinetic_gradient(p)], dim=1)
    )


def test_a_net_has_three_hidden_layers_and_moves_with_the_time_only_where_it_is_timed():
    assert len(ScalarMLP(4).layers) == 3
    for timed in (False, True):
        torch.manual_seed(0)
        net = ScalarMLP(4, timed=timed).double()
        assert torch.equal(net(X, 0.0), net(X, 1.0)) is not timed


def test_without_gain_a_net_is_flat_and_a_confined_one_grows_in_all_directions():
    assert torch.equal(ScalarMLP(4, gain=0).double()(X), torch.zeros(5).double())
    far = 1e3 * torch.nn.functional.normalize(X, dim=1)
    torch.manual_seed(0)
    assert bool((ScalarMLP(4, confinement=0.1).double()(far) > 4e4).all())


def test_smooth_units_have_the_slopes_that_autograd_finds():
    x = torch.linspace(-4, 4, 9, dtype=torch.float64, requires_grad=True)
    for unit, value in ((Tanh(), torch.tanh), (Softplus(), lambda x: torch.log1p(torch.exp(x)))):
        found, slope = unit.with_slope(x)
        torch.testing.assert_close(found, value(x))
        torch.testing.assert_close(slope, torch.autograd.grad(found.sum(), x, retain_graph=True)[0])


def test_a_pendulum_that_stands_upright_has_twice_the_energy_of_its_fall():
    up, down = torch.tensor([[math.pi, 0.0]]), torch.zeros(1, 2)
    assert float(Pendulum()(up) - Pendulum()(down)) == pytest.approx(2, abs=1e-6)


@pytest.mark.parametrize(
    "settings",
    [{"hidden": ()}, {"hidden": (0,)}, {"gain": -1.0}, {"confinement": -1}, {"confinement": math.nan}],
)
def test_bad_sizes_are_refused(settings: dict):
    with pytest.raises(ValueError, match=r"needs positive sizes|finite number, got confinement=nan"):
        HamiltonianMLP(4, **settings)


def test_a_quadratic_form_is_symmetric():
    with pytest.raises(ValueError, match="symmetric"):
        QuadraticHamiltonian(torch.triu(torch.ones(2, 2)))
