"""Chapter 10's experiments: flows of codes, the law of volume, and the table of integrators."""

import math
from dataclasses import replace

import pytest
import torch

from tests.experiments.tiny import QUICK, carried_out, tiny
from udtlib.data.digit_pairs import ink_of, thin_to_thick, two_digits
from udtlib.data.files import DataError
from udtlib.data.pair import IndependentPair, Samples
from udtlib.experiments import hamiltonian_celeba as celeba
from udtlib.experiments import hamiltonian_digits as digits
from udtlib.experiments import hamiltonian_integrators as steps
from udtlib.experiments import hamiltonian_latents as latents
from udtlib.experiments import hamiltonian_long as long
from udtlib.experiments import hamiltonian_volume as volume
from udtlib.experiments.coded_pairs import coded_by
from udtlib.experiments.declare import Setting
from udtlib.experiments.hamiltonian_faces import COMPARED, FACES
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mechanics import HarmonicOscillator, QuadraticHamiltonian
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.numerics.integrators import RK4, Adaptive, Leapfrog
from udtlib.train.randomness import random_run
from udtlib.translators.hamiltonian_flow import HamiltonianFlow

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


def samples(count, dimension, *, seed=0):
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed))


def coded(images, *, code, channels=1):
    """Images coded by an autoencoder that has learnt nothing."""
    with random_run(0):
        return coded_by(vector_autoencoder(channels, size=32, code=code, width=4), images, QUICK)


@pytest.fixture(scope="module")
def threes():
    return coded(two_digits(source="embedded"), code=4)


def test_round_trip_and_drift_tell_leapfrog_from_rk4():
    torch.manual_seed(0)
    z = samples(64, 4)
    exact = HamiltonianFlow(SeparableMLP(4, gain=20), integrator=Leapfrog(steps=4)).requires_grad_(False)
    rough = HamiltonianFlow(HamiltonianMLP(4, gain=20), integrator=RK4(steps=1)).requires_grad_(False)
    assert latents.round_trip(exact, z) < 1e-6 < latents.round_trip(rough, z)
    oscillator = HamiltonianFlow(HarmonicOscillator(4), integrator=RK4(steps=50))
    assert latents.energy_drift(oscillator, z) < 1e-5 < latents.energy_drift(rough, z)


def test_ranges_of_ink_belong_to_thin_and_to_thick():
    pair = thin_to_thick(source="embedded")
    x, y = pair.source, pair.target
    assert digits.thin(x.train, x.train_label, pair).all()
    assert digits.thick(y.train, y.train_label, pair).all()
    assert not digits.thick(x.train, x.train_label, pair).any()
    assert not digits.thin(y.train, y.train_label, pair).any()


def test_classes_are_read_by_the_classifier(threes):
    x, y = threes.images.source, threes.images.target
    three, eight = digits.THREES["source"], digits.THREES["target"]
    assert digits.share(three, x.test, x.test_label, threes) > 95
    assert digits.share(eight, y.test, y.test_label, threes) > 95
    assert digits.share(eight, x.test, x.test_label, threes) < 5


def test_ink_is_not_changed_by_moving_a_digit(threes):
    x = threes.images.source.test[:5]
    torch.testing.assert_close(ink_of(x.roll(3, dims=-1)), ink_of(x))


def test_the_table_of_digits_is_whole(threes, tmp_path):
    small = tiny(digits.DIGITS, batch_size=16)
    systems = {
        name: replace(each, pair=lambda setting: threes)
        for name, each in small.systems.items()
        if name in ("3 ↔ 8: leapfrog, Sinkhorn", "3 ↔ 8: RK4, discriminator")
    }
    reference = replace(small.references["3 ↔ 8: coded and decoded"], pair=lambda setting: threes)
    pictures = {word: look for word, look in small.pictures.items() if word.startswith("digits")}
    few = replace(
        small, systems=systems, references={"3 ↔ 8: coded and decoded": reference}, pictures=pictures
    )
    report = carried_out(few, tmp_path)
    row = report.rows[0]
    assert {"forward, %", "backward, %", "forward at t = 2.5, %"} <= set(row.fit)
    assert set(report.pictures) == {"digits-there", "digits-back"}


def test_strokes_are_compared_without_games():
    names = [name.removeprefix("thin ↔ thick: ") for name in digits.DIGITS.systems if "thick" in name]
    assert names == ["leapfrog, Sinkhorn", "RK4, Sinkhorn"]
    assert len([name for name in digits.DIGITS.systems if name.startswith("3 ↔ 8")]) == len(latents.SYSTEMS)


def test_a_strip_shows_the_given_image_and_each_time(threes):
    flow = latents.SYSTEMS["leapfrog, Sinkhorn"].game(threes, Setting(QUICK, 0)).flow
    states = latents.strip_of(flow, threes, back=True, count=3)["states"]
    assert states.shape == (1 + len(latents.TIMES), 3, 1, 32, 32)
    torch.testing.assert_close(states[0], threes.images.target.test[:3])
    assert latents.clock(back=True) == [1, 0.75, 0.5, 0.25, 0, -0.5, -1, -1.5]
    # At t = 1 stands the decoded image itself.
    itself = threes.space.decode(threes.codes.target.test[:3])
    torch.testing.assert_close(states[1], itself, atol=1e-4, rtol=0)
    shown = {"3 ↔ 8: leapfrog, Sinkhorn": {"states": states}}
    picture = latents.strip_picture(shown, words=("3", "8"), back=True)
    assert "nobody trained it" in picture.caption


def test_faces_and_photographs_compare_the_same_three_flows():
    assert tuple(FACES.systems) == tuple(celeba.CELEBA.systems) == COMPARED


def test_photographs_are_measured_where_there_are_some(tmp_path):
    men, women = (samples(60, 3 * 32**2, seed=k).view(60, 3, 32, 32).tanh() for k in (0, 1))
    pair = coded(
        IndependentPair(Samples(men[:40], men[40:]), Samples(women[:40], women[40:])), code=8, channels=3
    )
    report = carried_out(tiny(celeba.CELEBA, pair=lambda setting: pair, batch_size=16), tmp_path)
    assert {row.system for row in report.rows} == set(COMPARED)
    assert set(report.pictures) == {"there", "back"}


def test_missing_photographs_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("UDT_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match="list_attr_celeba"):
        celeba.photographs(Setting(QUICK, 0))


def test_the_table_of_integrators_gives_speed_in_units_of_the_papers_solver():
    few = [
        Adaptive(relative=1e-5, absolute=1e-5, adjoint=True),
        Leapfrog(steps=2),
        Leapfrog(steps=2, reconstruct=True),
    ]
    x = samples(4, steps.DIMENSION)
    rows = {r.name: r for r in steps.measured(steps.curved(SeparableMLP, x, seed=0), x, few, rounds=1)}
    unit = rows[steps.YARDSTICK].milliseconds
    scores = {name: steps.integrator_scores(row, unit=unit) for name, row in rows.items()}
    assert scores[steps.YARDSTICK].effort[f"speed, {steps.YARDSTICK} = 1"] == 1
    plain, rebuilt = scores["Leapfrog, 2 steps"], scores["Leapfrog, 2 steps, rebuilt"]
    kept = "MiB kept for the gradient"
    assert rebuilt.effort[kept] < plain.effort[kept]
    assert plain.other["relative error of a round trip"] < 1e-6


def test_every_integrator_of_the_table_has_a_name_of_its_own():
    for compared in (steps.general(), steps.separable()):
        names = [steps.label(one) for one in compared]
        assert len(set(names)) == len(names)
        assert steps.YARDSTICK in names


def test_in_a_bowl_leapfrog_keeps_the_energy_and_comes_home_where_runge_and_kutta_do_not():
    x = samples(8, long.DIMENSION).double()
    H = long.in_bowl(x, seed=0, bowl=1.0)
    drift, home = "drift of H over its deviation, t = 20", "relative error of a round trip of t = 20"
    leap, runge = (long.kept(one, H, x, times=(1, 20)).other for one in (Leapfrog(steps=8), RK4(steps=2)))
    assert leap[drift] < 0.1 * runge[drift]
    assert leap[home] < 1e-8 < 1e-2 < runge[home]


def test_a_bowl_of_no_depth_is_the_nets_own_energy():
    x = samples(5, long.DIMENSION).double()
    free, deep = (long.in_bowl(x, seed=1, bowl=bowl) for bowl in (0.0, 1.0))
    assert torch.equal(free(x), steps.curved(SeparableMLP, x, seed=1)(x))
    torch.testing.assert_close(deep(x) - free(x), x.square().sum(1) / 2)


def test_the_floor_is_the_divergence_of_the_source_itself():
    pair = volume.wide_pair()
    x = samples(200_000, 2).double()
    gap = (pair.source.log_density(x) - pair.target.log_density(x)).mean().item()
    assert volume.floor_of_kl() == pytest.approx(gap, abs=5e-3)
    assert volume.floor_of_kl() == pytest.approx(0.636, abs=5e-4)


@pytest.mark.parametrize("stretch", [0.5, 1.0, 1.7])
def test_no_linear_map_of_determinant_one_is_below_the_floor(stretch):
    flow = HamiltonianFlow(
        QuadraticHamiltonian(math.log(stretch) * torch.tensor([[0.0, 1.0], [1.0, 0.0]])),
        integrator=RK4(steps=50),
    )
    found = volume.kl_to_target(flow, volume.wide_pair(), samples(20_000, 2))
    # The flow of H = a q p is (e^a q, e^-a p), and the divergence that of two Gaussians.
    spread = (stretch**2 + stretch**-2) / 2
    assert found == pytest.approx(2 * (math.log(2) - 0.5 + spread / 8), abs=0.02)
    assert found > volume.floor_of_kl() - 0.02


def test_a_scaling_reaches_the_wide_target_and_its_volume():
    flow = HamiltonianFlow(HarmonicOscillator(2), integrator=RK4(steps=50), scaling=True)
    with torch.no_grad():
        flow.slow_rate.fill_(math.log(2) / 10)
    x = samples(500, 2)
    torch.testing.assert_close(
        volume.log_volume_factor(flow, x), torch.full((500,), 2 * math.log(2)), atol=1e-4, rtol=0
    )
    assert volume.kl_to_target(flow, volume.wide_pair(), x) == pytest.approx(0, abs=1e-3)


def test_few_steps_of_rk4_change_volumes_and_leapfrog_never_does():
    x = samples(64, 2)
    for H, integrator, kept in (
        (SeparableMLP(2, gain=30), Leapfrog(steps=2), True),
        (HamiltonianMLP(2, gain=30), RK4(steps=2), False),
    ):
        flow = HamiltonianFlow(H, integrator=integrator)
        assert (volume.log_volume_factor(flow, x).abs().max().item() < 1e-4) is kept


def test_refined_steps_leave_the_flow_as_it_was():
    flow = HamiltonianFlow(HamiltonianMLP(2), integrator=RK4(steps=5))
    assert volume.refined(flow).integrator == RK4(steps=volume.FINE)
    assert flow.integrator == RK4(steps=5)


def test_an_unknown_kind_of_flow_is_named():
    with pytest.raises(ValueError, match="no flow of the kind 'elastic'; there are leapfrog"):
        volume.make_flow("elastic")


def test_the_table_of_volumes_has_every_kind_twice(tmp_path):
    assert set(volume.VOLUME.systems) == {
        *(f"wide: {kind}, {by}" for kind in volume.KINDS for by in ("Sinkhorn", "discriminator")),
        *(f"equal volume: leapfrog, {by}" for by in ("Sinkhorn", "discriminator")),
    }
    small = tiny(volume.VOLUME, batch_size=16)
    names = ("equal volume: leapfrog, Sinkhorn", "wide: leapfrog, discriminator")
    report = carried_out(replace(small, systems={name: small.systems[name] for name in names}), tmp_path)
    assert report.cell(names[0], "least KL if volume is kept, nats") == (0.0,)
    assert report.cell(names[1], "KL from the target, nats")[0] > volume.floor_of_kl() - 1e-3


def test_matched_samples_leave_the_floor_without_noise():
    x = volume.matched(samples(200, 2).double())
    torch.testing.assert_close(x.mean(0), torch.zeros(2).double(), atol=1e-12, rtol=0)
    torch.testing.assert_close(x.T @ x / 200, torch.eye(2).double())
    flow = HamiltonianFlow(HarmonicOscillator(2), integrator=RK4(steps=50))
    assert volume.kl_to_target(flow, volume.wide_pair(), x) == pytest.approx(volume.floor_of_kl(), abs=1e-6)
