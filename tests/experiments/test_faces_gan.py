"""Chapter 01 on pictures: the faces from noise, their nets, and what ships of them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.experiments.tiny import QUICK, SETTING, tiny
from udtlib.cli.translate import way_of
from udtlib.data.pair import IndependentPair, Noise, Samples
from udtlib.experiments import faces_gan, shipped, trained
from udtlib.experiments.faces_gan import (
    FACES,
    NOISE,
    SIZE,
    FaceGenerator,
    drawn_scores,
    face_scores,
    faces_game,
    samples_drawn,
    samples_shown,
    walk,
)
from udtlib.experiments.gans import DIGITS
from udtlib.experiments.runs import carry_out, folder_of, units_of
from udtlib.experiments.shipped import load_shipped, ship
from udtlib.objectives.base import Clock


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> IndependentPair:
    """The experiment's pair, with few faces."""
    monkeypatch.setattr(faces_gan, "COUNT", 24)
    monkeypatch.setattr(faces_gan, "TEST", 16)
    return FACES.pair(SETTING)


def test_a_face_for_every_noise_and_each_by_itself() -> None:
    torch.manual_seed(0)
    generator, z = FaceGenerator(), torch.randn(3, NOISE)
    faces = generator(z)
    assert faces.shape == (3, 3, SIZE, SIZE)
    assert faces.abs().max() <= 1
    torch.testing.assert_close(faces[:1], generator(z[:1]), rtol=1e-4, atol=1e-5)
    assert sum(p.numel() for p in generator.parameters()) <= 700_000


def test_the_wrong_noise_is_refused() -> None:
    with pytest.raises(ValueError, match=str(NOISE)):
        FaceGenerator()(torch.randn(2, NOISE + 1))


def test_an_arc_through_noise_keeps_its_length() -> None:
    start, end = torch.tensor([3.0, 0.0, 0.0]), torch.tensor([0.0, 3.0, 0.0])
    path = walk(start, end, count=7)
    torch.testing.assert_close(path[[0, -1]], torch.stack([start, end]))
    torch.testing.assert_close(path.norm(dim=1), torch.full((7,), 3.0))


def test_faces_stand_before_plain_walls(few: IndependentPair) -> None:
    target = few.target
    assert isinstance(target, Samples)
    assert isinstance(few.source, Noise)
    assert target.train.shape == (24, 3, SIZE, SIZE)
    # A wall of one colour, but for the light: the rows at the top are smooth.
    wall = target.train[:, :, 1:4, 1:12]
    assert (wall.diff(dim=-1).abs().amax(dim=(1, 2, 3)) < 0.12).all()


def test_every_parameter_of_both_players_learns(few: IndependentPair) -> None:
    torch.manual_seed(0)
    game = faces_game(few, SETTING)
    batch, clock = few.batch(0, size=4, seed=0), Clock(0, 10)
    for player in game.players().values():
        sum(player.loss(batch, clock).values()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in game.generator.parameters())


def test_training_faces_score_better_than_an_untrained_net(few: IndependentPair) -> None:
    torch.manual_seed(0)
    truth, made = drawn_scores(None, few), face_scores(faces_gan.draughtsman().eval(), few)
    name = "Fréchet distance in the reader's features"
    assert truth.fit[name] < made.fit[name]
    assert made.fit["recall"] == 0


def test_the_picture_has_three_rows(few: IndependentPair) -> None:
    shown = samples_shown(faces_gan.draughtsman().eval(), few)
    assert [*shown] == ["y", "G(z)", "walk"]
    assert all(images.shape == (12, 3, SIZE, SIZE) for images in shown.values())
    assert "made from noise" in samples_drawn({"GAN": shown}).alt


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["noise", "noise and a class"])
def test_a_generator_ships_and_translates_no_image(
    kind: str, few: IndependentPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared, name = (FACES, "GAN") if kind == "noise" else (DIGITS, "conditional GAN")
    experiment = replace(tiny(declared, only={name}), references={}, pictures={})
    for module in (shipped, trained):
        monkeypatch.setattr(module, "find", {experiment.name: experiment}.__getitem__)
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(shipped, "weights_folder", lambda: tmp_path / "weights")
    (unit,) = units_of(experiment, (0,), (name,))
    carry_out(experiment, unit, QUICK, root=tmp_path)
    ship(folder_of(tmp_path, experiment, QUICK, unit), "made")
    assert not load_shipped("made").translator.training
    with pytest.raises(ValueError, match="makes images of noise"):
        way_of(Path("made"), experiment=None, back=False, pad=False, seed=None, size=None)
