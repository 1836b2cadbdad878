"""Translators built again from a run's folder: the same map, of the right nets, or a clear refusal."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.experiments.tiny import QUICK, SETTING
from udtlib.data.pair import IndependentPair, Samples
from udtlib.evaluate.scores import Scores
from udtlib.experiments import trained
from udtlib.experiments.catalogue import entries, find
from udtlib.experiments.declare import Experiment, System
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.runs import carry_out, folder_of, units_of
from udtlib.experiments.trained import load_run, load_translator
from udtlib.objectives.base import Objective
from udtlib.objectives.gan import GAN
from udtlib.profiles import Profile
from udtlib.train.checkpoint import CheckpointError, RunState, save_checkpoint
from udtlib.train.trainer import TrainConfig
from udtlib.translators.direct import Direct

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


class Holder(nn.Module):
    """An objective's stand-in: a module under a name."""

    def __init__(self, **parts: nn.Module) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


def linear(profile: Profile) -> Direct:
    width = profile.pick(quick=2, colab=3, full=3)
    return Direct(nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width)))


LINEAR = Translation(build=linear, sides=lambda profile: Sides())


def size(name: str) -> Profile:
    return Profile(name=name, device=torch.device("cpu"))


def keep(path: Path, **parts: nn.Module) -> Path:
    save_checkpoint(path, RunState(objective=Holder(**parts), optimisers={}, settings={}), step=1, rows=[])
    return path


def loaded(path: Path, *, profile: str = "quick", part: str = "translator") -> nn.Module:
    return load_translator(LINEAR, part, path, profile=size(profile), name="toy")


def points(setting: object) -> IndependentPair:
    x = torch.randn(16, 2, generator=torch.Generator().manual_seed(0))
    return IndependentPair(Samples(x, x), Samples(x + 1, x + 1))


def game(pair: object, setting: object) -> Objective:
    return GAN(linear(QUICK), nn.Linear(2, 1))


def shift(generator: nn.Module, pair: IndependentPair) -> Scores:
    with torch.no_grad():
        return Scores(fit={"mean": generator(pair.source.test).mean().item()})


def two_steps(profile: Profile) -> TrainConfig:
    return TrainConfig(steps=2, batch_size=4, log_every=1)


TOY = Experiment(
    name="toy",
    title="",
    source="",
    pair=points,
    systems={
        "told": System(game, training=two_steps, part="generator", translation=LINEAR),
        "untold": System(game, training=two_steps, part="generator"),
    },
    scores=shift,
)


@pytest.fixture
def run_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Trains a system of the toy, and returns the run's folder."""
    monkeypatch.setattr(trained, "find", {"toy": TOY, "mine.py:toy": replace(TOY, name="mine")}.__getitem__)

    def run(name: str) -> Path:
        (unit,) = units_of(TOY, (0,), (name,))
        carry_out(TOY, unit, QUICK, root=tmp_path)
        return folder_of(tmp_path, TOY, QUICK, unit)

    return run


def test_a_runs_folder_gives_its_translator_back(run_of: Callable[[str], Path]) -> None:
    folder = run_of("told")
    found = load_run(folder)
    assert (found.name, found.profile.name) == ("toy · told", "quick")
    assert not found.translator.training
    assert not any(parameter.requires_grad for parameter in found.translator.parameters())
    content = torch.load(folder / "checkpoint.pt", weights_only=True)["objective"]
    for name, value in found.translator.state_dict().items():
        assert torch.equal(value, content[f"generator.{name}"])
    assert load_run(folder, experiment="mine.py:toy").name == "mine · told"


def test_what_translates_no_images_is_refused(run_of: Callable[[str], Path]) -> None:
    with pytest.raises(ValueError, match="toy · untold translates no images; of toy these do: told"):
        load_run(run_of("untold"))


def test_a_run_that_is_not_finished_is_refused(run_of: Callable[[str], Path]) -> None:
    folder = run_of("told")
    (folder / "run.json").unlink()
    with pytest.raises(CheckpointError, match="holds no finished run"):
        load_run(folder)


SYSTEMS = [
    (name, each)
    for name in entries()
    for each, system in find(name).systems.items()
    if system.translation is not None
]


@pytest.mark.parametrize(("name", "each"), SYSTEMS, ids=lambda word: word)
def test_what_is_trained_is_what_translates(name: str, each: str) -> None:
    """The nets that a system's game trains have the names and shapes of those that are built to translate."""
    system = find(name).systems[each]
    with torch.random.fork_rng(devices=[]):
        built = system.translation.build(QUICK).state_dict()
        objective = trainable(name, each)
    there = objective.get_submodule(system.part).state_dict()
    assert {key: value.shape for key, value in there.items()} == {k: v.shape for k, v in built.items()}


def trainable(name: str, each: str) -> Objective:
    """The objective of a system, on images that are all noise."""
    system = find(name).systems[each]
    before, after = system.translation.channels
    sides = system.translation.sides(QUICK)
    side = sides.most or sides.next(32)
    x, y = (torch.rand(4, channels, side, side) * 2 - 1 for channels in (before, after))
    return system.game(IndependentPair(Samples(x, x), Samples(y, y)), SETTING)


def test_building_draws_nobodys_random_numbers(tmp_path: Path) -> None:
    path = keep(tmp_path / "checkpoint.pt", translator=linear(QUICK))
    torch.manual_seed(5)
    expected = torch.rand(())
    torch.manual_seed(5)
    loaded(path)
    assert torch.rand(()) == expected


def test_running_statistics_come_along(tmp_path: Path) -> None:
    translator = linear(QUICK)
    translator.net[1].running_mean.fill_(7)
    path = keep(tmp_path / "checkpoint.pt", translator=translator)
    assert loaded(path).net[1].running_mean.tolist() == [7, 7]


def test_other_weights_are_refused(tmp_path: Path) -> None:
    path = keep(tmp_path / "checkpoint.pt", translator=linear(QUICK))
    with pytest.raises(CheckpointError, match="holds no generator, so that it is not of toy"):
        loaded(path, part="generator")
    with pytest.raises(
        CheckpointError, match=r"profile full \(net\.0\.weight has shape \(2, 2\), expected \(3, 3\)"
    ):
        loaded(path, profile="full")
    keep(path, translator=Direct(nn.Linear(2, 2)))
    with pytest.raises(CheckpointError, match=r"profile quick \(net\.0\.weight is missing"):
        loaded(path)


def test_a_name_that_begins_like_the_part_is_not_the_part(tmp_path: Path) -> None:
    path = keep(tmp_path / "checkpoint.pt", translator_average=linear(QUICK))
    with pytest.raises(CheckpointError, match="holds no translator"):
        loaded(path)


def test_files_that_are_no_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    with pytest.raises(CheckpointError, match="does not exist; train toy with `udt train`"):
        loaded(path)
    for content in (b"", b"no checkpoint", b"PK\x03\x04 no zip archive"):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="cannot be read as a checkpoint"):
            loaded(path)
    for stored in ({"objective": {}}, {"format": 99}, [1, 2]):
        torch.save(stored, path)
        with pytest.raises(CheckpointError, match="is no checkpoint of format 1"):
            loaded(path)


@pytest.mark.parametrize(
    ("sides", "allowed", "text"),
    [
        (Sides(), {1, 2, 3, 4, 5, 6, 7, 8, 9}, "any"),
        (Sides(step=4), {4, 8}, "divisible by 4"),
        (Sides(step=2, least=5), {6, 8}, "divisible by 2 from 5"),
        (Sides(least=3, most=7), {3, 4, 5, 6, 7}, "any from 3 up to 7"),
        (Sides(step=3, most=6), {3, 6}, "divisible by 3 up to 6"),
        (Sides(least=8, most=8), {8}, "exactly 8"),
        (Sides(step=8, most=8), {8}, "exactly 8"),
    ],
)
def test_sides(sides: Sides, allowed: set[int], text: str) -> None:
    assert {side for side in range(1, 10) if sides.allow(side)} == allowed
    assert str(sides) == text
    for side in range(1, max(allowed) + 1):
        assert sides.next(side) == min(each for each in allowed if each >= side)


@pytest.mark.parametrize("options", [{"step": 0}, {"step": 8, "most": 7}, {"least": 9, "most": 8}])
def test_impossible_sides_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no side is a multiple of"):
        Sides(**options)


def test_other_channels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got channels=\(3, 2\)"):
        Translation(build=linear, channels=(3, 2), sides=lambda profile: Sides())
