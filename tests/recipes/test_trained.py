"""Translators built again from a checkpoint: the same map, of the right recipe and profile, or a clear refusal."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from udtlib.data.faces import attributes, pairs
from udtlib.data.faces.factors import FaceFactors
from udtlib.profiles import NAMES, Profile
from udtlib.recipes.base import Recipe, Sides, Translation
from udtlib.recipes.catalogue import RECIPES
from udtlib.recipes.trained import load_trained
from udtlib.train.checkpoint import CheckpointError, RunState, save_checkpoint
from udtlib.translators.direct import Direct
from udtlib.translators.stochastic import StochasticTranslator

IMAGES = [recipe for recipe in RECIPES.values() if recipe.translation is not None]


class Holder(nn.Module):
    """An objective's stand-in: a module under a name, beside another one."""

    def __init__(self, **parts: nn.Module) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


def untrained(profile: Profile, *, seed: int, folder: Path, resume: bool) -> None:
    raise NotImplementedError("this recipe is not trained")


def linear(profile: Profile) -> Direct:
    width = profile.pick(quick=2, colab=3, full=3)
    return Direct(nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width)))


def toy(*, part: str = "translator") -> Recipe:
    translation = Translation(build=linear, part=part, sides=lambda profile: Sides())
    return Recipe(name="toy", summary="a toy", seconds={}, train=untrained, translation=translation)


def size(name: str) -> Profile:
    return Profile(name=name, device=torch.device("cpu"))


def keep(path: Path, **parts: nn.Module) -> Path:
    save_checkpoint(path, RunState(objective=Holder(**parts), optimisers={}, settings={}), step=1, rows=[])
    return path


@pytest.mark.parametrize("recipe", IMAGES, ids=lambda recipe: recipe.name)
def test_every_recipe_that_translates_images_gives_its_translator_back(
    recipe: Recipe, tmp_path: Path
) -> None:
    """Built, perturbed, stored beside another net, and built again: the same images come out."""
    translation = recipe.translation
    torch.manual_seed(1)
    original = translation.build(size("quick"))
    first, *rest = translation.part.split(".")
    holder = original
    for name in reversed(rest):
        holder = Holder(**{name: holder})
    path = keep(tmp_path / "checkpoint.pt", **{first: holder, "judge": nn.Linear(2, 2)})
    trained = load_trained(recipe, path)
    assert trained.profile.name == "quick"
    assert not trained.translator.training
    assert not any(parameter.requires_grad for parameter in trained.translator.parameters())
    side = translation.sides(size("quick")).next(1)
    x = torch.rand(2, translation.channels[0], side, side) * 2 - 1
    maps = [original.eval(), trained.translator]
    if isinstance(original, StochasticTranslator):
        code = original.draw(x)
        maps = [each.given(code) for each in maps]
    with torch.no_grad():
        before, after = (each(x) for each in maps)
    assert before.shape == (2, translation.channels[1], side, side)
    assert torch.equal(before, after)


class Caught(Exception):
    """What a recipe is about to train."""


def few(sample: Callable[..., FaceFactors]) -> Callable[..., FaceFactors]:
    return lambda count, **options: sample(min(count, 4), **options)


@pytest.mark.parametrize("recipe", IMAGES, ids=lambda recipe: recipe.name)
def test_what_the_recipe_trains_is_what_it_translates_with(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The objective that is handed to the trainer, stored untrained, is found and fits in its own profile."""

    def catch(objective: nn.Module, pair: object, **options: object) -> None:
        raise Caught(objective)

    for name, module in list(sys.modules.items()):
        if name.startswith("udtlib.recipes.") and hasattr(module, "fit"):
            monkeypatch.setattr(module, "fit", catch)
    # Nothing is trained: a few faces will do.
    for module in (attributes, pairs):
        monkeypatch.setattr(module, "sample_factors", few(module.sample_factors))
    with pytest.raises(Caught) as caught:
        recipe.train(size("quick"), seed=0, folder=tmp_path, resume=False)
    (objective,) = caught.value.args
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, RunState(objective=objective, optimisers={}, settings={}), step=1, rows=[])
    trained = load_trained(recipe, path, profile="quick")
    original = objective.get_submodule(recipe.translation.part)
    assert type(trained.translator) is type(original)
    for key, value in original.state_dict().items():
        assert torch.equal(trained.translator.state_dict()[key], value)


@pytest.mark.parametrize("recipe", IMAGES, ids=lambda recipe: recipe.name)
def test_some_image_has_sides_that_the_nets_take(recipe: Recipe) -> None:
    for name in NAMES:
        sides = recipe.translation.sides(size(name))
        assert sides.allow(sides.next(1))


def test_the_profile_is_told_by_the_shapes(tmp_path: Path) -> None:
    for stored, found in (("quick", "quick"), ("colab", "colab"), ("full", "colab")):
        path = keep(tmp_path / "checkpoint.pt", translator=linear(size(stored)))
        assert load_trained(toy(), path).profile.name == found
    assert load_trained(toy(), path, profile="full").profile.name == "full"


def test_building_draws_nobodys_random_numbers(tmp_path: Path) -> None:
    path = keep(tmp_path / "checkpoint.pt", translator=linear(size("quick")))
    torch.manual_seed(5)
    expected = torch.rand(())
    torch.manual_seed(5)
    load_trained(toy(), path)
    assert torch.rand(()) == expected


def test_running_statistics_come_along(tmp_path: Path) -> None:
    translator = linear(size("quick"))
    translator.net[1].running_mean.fill_(7)
    path = keep(tmp_path / "checkpoint.pt", translator=translator)
    assert load_trained(toy(), path).translator.net[1].running_mean.tolist() == [7, 7]


def test_other_weights_are_refused(tmp_path: Path) -> None:
    path = keep(tmp_path / "checkpoint.pt", translator=linear(size("quick")))
    with pytest.raises(CheckpointError, match="holds no generator, so that it is of another recipe than toy"):
        load_trained(toy(part="generator"), path)
    with pytest.raises(
        CheckpointError, match=r"profile full: net\.0\.weight has shape \(2, 2\), expected \(3, 3\)"
    ):
        load_trained(toy(), path, profile="full")
    keep(path, translator=Direct(nn.Linear(2, 2)))
    with pytest.raises(CheckpointError, match=r"quick: net\.0\.weight is missing or colab"):
        load_trained(toy(), path)


def test_a_name_that_begins_like_the_part_is_not_the_part(tmp_path: Path) -> None:
    path = keep(tmp_path / "checkpoint.pt", translator_average=linear(size("quick")))
    with pytest.raises(CheckpointError, match="holds no translator"):
        load_trained(toy(), path)


def test_files_that_are_no_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    with pytest.raises(CheckpointError, match="does not exist; train one with `udt train toy`"):
        load_trained(toy(), path)
    for content in (b"", b"no checkpoint", b"PK\x03\x04 no zip archive"):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="cannot be read as a checkpoint"):
            load_trained(toy(), path)
    for stored in ({"objective": {}}, {"format": 99}, [1, 2]):
        torch.save(stored, path)
        with pytest.raises(CheckpointError, match="is no checkpoint of format 1"):
            load_trained(toy(), path)


def test_what_does_not_translate_is_refused(tmp_path: Path) -> None:
    path = keep(tmp_path / "checkpoint.pt", translator=linear(size("quick")))
    plain = Recipe(name="plain", summary="a toy", seconds={}, train=untrained)
    with pytest.raises(ValueError, match="plain translates no images"):
        load_trained(plain, path)
    with pytest.raises(ValueError, match="'huge'; expected one of quick"):
        load_trained(toy(), path, profile="huge")


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
