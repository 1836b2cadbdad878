"""Chapter 10's recipes: scores mean what they say, and tables are whole."""

from pathlib import Path
from typing import Any

import pytest
import torch

from udtlib.data.digit_pairs import ink_of
from udtlib.data.files import DataError
from udtlib.data.pair import IndependentPair, Samples
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mechanics import HarmonicOscillator
from udtlib.numerics.integrators import RK4, Adaptive, Leapfrog
from udtlib.profiles import Profile
from udtlib.recipes import coded_pairs
from udtlib.recipes import hamiltonian_celeba as celeba
from udtlib.recipes import hamiltonian_digits as digits
from udtlib.recipes import hamiltonian_integrators as steps
from udtlib.recipes import hamiltonian_latents as latents
from udtlib.recipes import hamiltonian_volume as volume
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.translators.hamiltonian_flow import HamiltonianFlow

QUICK = Profile(name="quick", device=torch.device("cpu"))
NAMES = ("quick", "colab", "full")


def samples(count: int, dimension: int, *, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed))


# Scores of a flow of codes


def test_round_trip_and_drift_tell_leapfrog_from_rk4() -> None:
    torch.manual_seed(0)
    z = samples(64, 4)
    exact = HamiltonianFlow(SeparableMLP(4, gain=20), integrator=Leapfrog(steps=4)).requires_grad_(False)
    rough = HamiltonianFlow(HamiltonianMLP(4, gain=20), integrator=RK4(steps=1)).requires_grad_(False)
    assert latents.round_trip(exact, z) < 1e-6 < latents.round_trip(rough, z)
    oscillator = HamiltonianFlow(HarmonicOscillator(4), integrator=RK4(steps=50))
    assert latents.energy_drift(oscillator, z) < 1e-5 < latents.energy_drift(rough, z)


def test_ranges_of_ink_belong_to_thin_and_to_thick() -> None:
    task = digits.thin_and_thick("embedded", load_digit_classifier())
    x, y = task.images.source, task.images.target
    assert digits.share(task.in_source, x.train, x.train_label) == 100
    assert digits.share(task.in_target, y.train, y.train_label) == 100
    assert digits.share(task.in_target, x.train, x.train_label) == 0
    assert digits.share(task.in_source, y.train, y.train_label) == 0


def test_classes_are_read_by_the_classifier() -> None:
    task = digits.three_and_eight("embedded", load_digit_classifier())
    x, y = task.images.source, task.images.target
    assert digits.share(task.in_source, x.test, x.test_label) > 95
    assert digits.share(task.in_target, y.test, y.test_label) > 95
    assert digits.share(task.in_target, x.test, x.test_label) < 5


@pytest.fixture
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    for sizes in (latents.STEPS, latents.GAME_STEPS, digits.CODER_STEPS):
        monkeypatch.setitem(sizes, "quick", 2)


@pytest.mark.usefixtures("_tiny")
def test_the_table_of_digits_is_whole() -> None:
    found = digits.digits(QUICK, seeds=(0,), source="embedded", tasks=("3 ↔ 8",))
    systems = {row.system for row in found.rows}
    assert systems == {"3 ↔ 8: coded and decoded", *(f"3 ↔ 8: {name}" for name in latents.SYSTEMS)}
    metrics = {row.metric for row in found.rows if row.system == "3 ↔ 8: leapfrog, Sinkhorn"}
    assert {"fit: forward, %", "fit: backward, %", "fit: forward at t = 2.5, %"} <= metrics
    assert set(found.pictures) == {"digits-there", "digits-back"}


def test_strokes_are_compared_without_games() -> None:
    names = tuple(latents.SYSTEMS)
    assert set(digits.chosen("3 ↔ 8", names)) == set(names)
    assert set(digits.chosen("thin ↔ thick", names)) == {"leapfrog, Sinkhorn", "RK4, Sinkhorn"}


@pytest.mark.usefixtures("_tiny")
def test_a_strip_shows_the_given_image_and_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(seed: int) -> Samples:
        images = samples(12, 1024, seed=seed).view(12, 1, 32, 32).tanh()
        return Samples(images, images)

    pair = IndependentPair(half(0), half(1))
    coded = coded_pairs.code_digits(pair, QUICK, seed=0, code=4, steps=2)
    flow = latents.play_hamiltonian(coded, QUICK, seed=0)
    shown: dict[str, Any] = {}

    def grid(images: torch.Tensor, **options: Any) -> Picture:
        shown.update(options, images=images)
        return image_grid(images, **options)

    monkeypatch.setattr(latents, "image_grid", grid)
    latents.strip(coded, flow, words=("3", "8"), back=True, times=(0.0, 1.0, 2.0), count=3)
    assert shown["column_labels"] == ["given", "1", "0", "-1"]
    assert shown["images"].shape == (12, 1, 32, 32)
    torch.testing.assert_close(shown["images"][0], pair.target.test[0])
    # At t = 1 stands the decoded image itself.
    itself = coded.space.decode(coded.codes.target.test[:1])[0]
    torch.testing.assert_close(shown["images"][1], itself, atol=1e-4, rtol=0)
    assert "nobody trained it" in shown["caption"]


def test_ink_is_not_changed_by_moving_a_digit() -> None:
    x = digits.three_and_eight("embedded", load_digit_classifier()).images.source.test[:5]
    torch.testing.assert_close(ink_of(x.roll(3, dims=-1)), ink_of(x))


@pytest.mark.parametrize("profile", NAMES)
def test_every_profile_has_its_sizes(profile: str) -> None:
    for sizes in (
        latents.STEPS,
        latents.GAME_STEPS,
        digits.CODER_STEPS,
        volume.STEPS,
        volume.GAME_STEPS,
        coded_pairs.CODER_STEPS,
    ):
        assert sizes[profile] > 0


@pytest.mark.usefixtures("_tiny")
def test_photographs_are_measured_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    def people(attribute: str, *, size: int, count: int, test: int) -> IndependentPair:
        assert (attribute, size) == ("Male", 32)
        men, women = (samples(60, 3 * size**2, seed=k).view(60, 3, size, size).tanh() for k in (0, 1))
        return IndependentPair(Samples(men[:40], men[40:]), Samples(women[:40], women[40:]))

    monkeypatch.setattr(celeba, "celeba_pair", people)
    monkeypatch.setitem(celeba.CODER_STEPS, "quick", 2)
    found = celeba.celeba(QUICK, seeds=(0,))
    assert {row.system for row in found.rows} == set(celeba.COMPARED)
    assert set(found.pictures) == {"there", "back"}


def test_missing_photographs_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UDT_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match="list_attr_celeba"):
        celeba.celeba(QUICK, seeds=(0,))


# Integrators


def test_the_table_of_integrators_gives_speed_in_units_of_the_papers_solver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = [Adaptive(relative=1e-5, absolute=1e-5, adjoint=True), RK4(steps=2)]
    monkeypatch.setattr(steps, "general", lambda: few)
    monkeypatch.setattr(
        steps, "separable", lambda: [*few, Leapfrog(steps=2), Leapfrog(steps=2, reconstruct=True)]
    )
    monkeypatch.setattr(steps, "ROUNDS", 1)
    monkeypatch.setattr(steps, "BATCH", 4)
    table = {(row.system, row.metric): row.values[0] for row in steps.integrators(QUICK, seeds=(0,)).rows}
    assert table[f"general: {steps.YARDSTICK}", f"effort: speed, {steps.YARDSTICK} = 1"] == 1
    kept = "effort: MiB kept for the gradient"
    assert table["separable: Leapfrog, 2 steps, rebuilt", kept] < table["separable: Leapfrog, 2 steps", kept]
    assert table["separable: Leapfrog, 2 steps", "relative error of a round trip"] < 1e-6


def test_every_integrator_of_the_table_has_a_name_of_its_own() -> None:
    for compared in (steps.general(), steps.separable()):
        names = [steps.label(one) for one in compared]
        assert len(set(names)) == len(names)
        assert steps.YARDSTICK in names
