"""Chapter 10's law of volume: the floor is a floor, and the table is whole."""

import math

import pytest
import torch

from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mechanics import HarmonicOscillator, QuadraticHamiltonian
from udtlib.numerics.integrators import RK4, Leapfrog
from udtlib.profiles import Profile
from udtlib.recipes import hamiltonian_volume as volume
from udtlib.translators.hamiltonian_flow import HamiltonianFlow

QUICK = Profile(name="quick", device=torch.device("cpu"))


def samples(count: int, dimension: int) -> torch.Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(0))


def test_the_floor_is_the_divergence_of_the_source_itself() -> None:
    pair = volume.wide_pair()
    x = samples(200_000, 2).double()
    gap = (pair.source.log_density(x) - pair.target.log_density(x)).mean().item()
    assert volume.floor_of_kl() == pytest.approx(gap, abs=5e-3)
    assert volume.floor_of_kl() == pytest.approx(0.636, abs=5e-4)


@pytest.mark.parametrize("stretch", [0.5, 1.0, 1.7])
def test_no_linear_map_of_determinant_one_is_below_the_floor(stretch: float) -> None:
    flow = HamiltonianFlow(
        QuadraticHamiltonian(math.log(stretch) * torch.tensor([[0.0, 1.0], [1.0, 0.0]])),
        integrator=RK4(steps=50),
    )
    x = samples(20_000, 2)
    found = volume.kl_to_target(flow, volume.wide_pair(), x)
    # The flow of H = a q p is (e^a q, e^-a p), and the divergence that of two Gaussians.
    spread = (stretch**2 + stretch**-2) / 2
    assert found == pytest.approx(2 * (math.log(2) - 0.5 + spread / 8), abs=0.02)
    assert found > volume.floor_of_kl() - 0.02


def test_a_scaling_reaches_the_wide_target_and_its_volume() -> None:
    flow = HamiltonianFlow(HarmonicOscillator(2), integrator=RK4(steps=50), scaling=True)
    with torch.no_grad():
        flow.slow_rate.fill_(math.log(2) / 10)
    x = samples(500, 2)
    torch.testing.assert_close(
        volume.log_volume_factor(flow, x), torch.full((500,), 2 * math.log(2)), atol=1e-4, rtol=0
    )
    assert volume.kl_to_target(flow, volume.wide_pair(), x) == pytest.approx(0, abs=1e-3)


def test_few_steps_of_rk4_change_volumes_and_leapfrog_never_does() -> None:
    x = samples(64, 2)
    for H, integrator, kept in (
        (SeparableMLP(2, gain=30), Leapfrog(steps=2), True),
        (HamiltonianMLP(2, gain=30), RK4(steps=2), False),
    ):
        torch.manual_seed(0)
        flow = HamiltonianFlow(H, integrator=integrator)
        worst = volume.log_volume_factor(flow, x).abs().max().item()
        assert (worst < 1e-4) is kept


def test_refined_steps_leave_the_flow_as_it_was() -> None:
    flow = HamiltonianFlow(HamiltonianMLP(2), integrator=RK4(steps=5))
    fine = volume.refined(flow)
    assert fine.integrator == RK4(steps=volume.FINE)
    assert flow.integrator == RK4(steps=5)


def test_an_unknown_kind_of_flow_is_named() -> None:
    with pytest.raises(ValueError, match="no flow of the kind 'elastic'; there are leapfrog"):
        volume.make_flow("elastic")


def test_the_table_of_volumes_has_every_kind_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    for sizes in (volume.STEPS, volume.GAME_STEPS):
        monkeypatch.setitem(sizes, "quick", 2)
    monkeypatch.setattr(volume, "TEST", 50)
    monkeypatch.setattr(volume, "FINE", 6)
    rows = volume.volume(QUICK, seeds=(0, 1)).rows
    systems = {row.system for row in rows}
    assert systems == {
        *(f"wide: {kind}, {by}" for kind in volume.KINDS for by in ("Sinkhorn", "discriminator")),
        *(f"equal volume: leapfrog, {by}" for by in ("Sinkhorn", "discriminator")),
    }
    assert all(len(row.values) == 2 for row in rows)


def test_matched_samples_leave_the_floor_without_noise() -> None:
    x = volume.matched(samples(200, 2).double())
    torch.testing.assert_close(x.mean(0), torch.zeros(2).double(), atol=1e-12, rtol=0)
    torch.testing.assert_close(x.T @ x / 200, torch.eye(2).double())
    flow = HamiltonianFlow(HarmonicOscillator(2), integrator=RK4(steps=50))
    assert volume.kl_to_target(flow, volume.wide_pair(), x) == pytest.approx(volume.floor_of_kl(), abs=1e-6)
