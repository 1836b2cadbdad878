"""The Hamiltonian objective: its terms, and what it learns on small tasks that have a known answer."""

from __future__ import annotations

import pytest
import torch

from udtlib.losses.energy import energy_distance_unbiased
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mechanics import HarmonicOscillator
from udtlib.nets.mlp import mlp
from udtlib.numerics.integrators import RK4, Leapfrog
from udtlib.objectives.base import AdamConfig, Clock, total
from udtlib.objectives.discrepancy import Adversarial, Between
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.hamiltonian_translation import HamiltonianConfig, HamiltonianTranslation
from udtlib.translators.hamiltonian_flow import Augmentation, HamiltonianFlow
from udtlib.types import Batch, Tensor

CLOCK = Clock(0, 10)
FIT = Between(energy_distance_unbiased)


def gaussians(
    *, seed: int, shift: tuple[float, float] = (0.0, 0.0), scale: float = 1.0, size: int = 128
) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(size, 2, generator=generator) for _ in range(2))
    return Batch(x, scale * y + torch.tensor(shift))


def trained(objective: HamiltonianTranslation, *, steps: int, **law: object) -> HamiltonianFlow:
    player = objective.players()["flow"]
    optimiser = player.optimiser.build(player.module.parameters())
    for step in range(steps):
        optimiser.zero_grad()
        total(objective("flow", gaussians(seed=step, **law), Clock(step, steps))).backward()
        optimiser.step()
    return objective.flow


def test_the_terms_are_those_of_the_formula():
    flow = HamiltonianFlow(
        HarmonicOscillator(4), integrator=Leapfrog(steps=4), augmentation=Augmentation(extra=2)
    )
    batch = gaussians(seed=0, size=16)
    plain = HamiltonianTranslation(flow, FIT)("flow", batch, CLOCK)
    assert set(plain) == {"fit"}
    z = flow.evolve(flow.lifted(batch.x))
    torch.testing.assert_close(plain["fit"], energy_distance_unbiased(z[:, :2], batch.y))
    config = HamiltonianConfig(effort_weight=0.5, return_weight=3.0)
    terms = HamiltonianTranslation(flow, FIT, config=config)("flow", batch, CLOCK)
    torch.testing.assert_close(terms["fit"], plain["fit"])
    torch.testing.assert_close(terms["effort"], 0.5 * (z[:, :2] - batch.x).square().sum(1).mean())
    torch.testing.assert_close(terms["return"], 3.0 * z[:, 2:].square().sum(1).mean())


def test_the_kinetic_effort_of_a_rotation_is_its_squared_arc_and_the_displacement_its_squared_chord():
    flow = HamiltonianFlow(HarmonicOscillator(2), integrator=RK4(steps=32))
    batch = gaussians(seed=0, size=16)
    square = batch.x.square().sum(1).mean()

    def effort(pieces: int) -> Tensor:
        config = HamiltonianConfig(effort_weight=1, effort_pieces=pieces)
        return HamiltonianTranslation(flow, FIT, config=config)("flow", batch, CLOCK)["effort"]

    torch.testing.assert_close(effort(1), 2 * (1 - torch.cos(torch.tensor(1.0))) * square)
    torch.testing.assert_close(effort(32), square, rtol=1e-3, atol=0)


def test_with_a_judge_there_are_two_players_and_no_cycle():
    flow = HamiltonianFlow(SeparableMLP(2, hidden=(8, 8, 8)))
    judge = Adversarial(mlp([2, 8, 8, 8, 1]), game=GANConfig())
    objective = HamiltonianTranslation(flow, judge)
    assert list(objective.players()) == ["discriminator", "flow"]
    assert set(objective("flow", gaussians(seed=0), CLOCK)) == {"fit"}


def test_a_shift_is_learned_and_the_way_back_comes_with_it():
    torch.manual_seed(0)
    flow = HamiltonianFlow(SeparableMLP(2, hidden=(16, 16, 16)), integrator=Leapfrog(steps=4))
    config = HamiltonianConfig(optimiser=AdamConfig(rate=5e-3, betas=(0.9, 0.99)))
    flow = trained(HamiltonianTranslation(flow, FIT, config=config), steps=150, shift=(1.5, -1.0))
    test = gaussians(seed=10_000, shift=(1.5, -1.0), size=1000)
    with torch.no_grad():
        assert float(energy_distance_unbiased(flow(test.x), test.y)) < 0.05
        assert float(energy_distance_unbiased(flow.inverse(test.y), test.x)) < 0.05
        assert float((flow.inverse(flow(test.x)) - test.x).abs().max()) < 1e-5


def test_twice_the_width_needs_a_scaling():
    law = {"scale": 2.0}
    spread = {}
    for scaling in (False, True):
        torch.manual_seed(0)
        flow = HamiltonianFlow(
            HamiltonianMLP(2, hidden=(16, 16, 16)), integrator=RK4(steps=2), scaling=scaling
        )
        config = HamiltonianConfig(optimiser=AdamConfig(rate=3e-3, betas=(0.9, 0.99)))
        flow = trained(HamiltonianTranslation(flow, FIT, config=config), steps=80, **law)
        with torch.no_grad():
            y = flow(gaussians(seed=10_000, size=2000).x)
        spread[scaling] = float(torch.linalg.det(y.T.cov()))
    # A plain flow may shear, but Gaussians of unit volume are all that a linear one makes.
    assert spread[False] < 3
    assert spread[True] > 10


@pytest.mark.parametrize("settings", [{"effort_weight": -1.0}, {"return_weight": -1.0}, {"effort_pieces": 0}])
def test_bad_weights_are_refused(settings: dict):
    with pytest.raises(ValueError, match="weights are at least 0"):
        HamiltonianConfig(**settings)


def test_added_coordinates_are_weighed_only_where_there_are_some():
    with pytest.raises(ValueError, match="return_weight=1"):
        HamiltonianTranslation(
            HamiltonianFlow(HamiltonianMLP(2)), FIT, config=HamiltonianConfig(return_weight=1.0)
        )
