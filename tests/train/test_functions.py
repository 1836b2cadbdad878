"""A run is told by what its user's functions do: by every operator, every value, and the nets in them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from udtlib.data.pair import IndependentPair, Sampler
from udtlib.nets.mlp import mlp
from udtlib.objectives.biases import Cycle
from udtlib.objectives.game import Game
from udtlib.train import CheckpointError, TrainConfig, fit
from udtlib.train.functions import exact_code
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay

Draws = Callable[[int, torch.Generator], torch.Tensor]
factor = 2.0


def noise(n: int, g: torch.Generator) -> torch.Tensor:
    return torch.randn(n, 2, generator=g)


def by_a_name_of_the_module(n: int, g: torch.Generator) -> torch.Tensor:
    return noise(n, g) * factor


class Scaled:
    """Keeps its number to itself."""

    def __init__(self, factor: float | int) -> None:
        self._factor = factor

    def __call__(self, n: int, g: torch.Generator) -> torch.Tensor:
        return noise(n, g) * self._factor


def shifted_class() -> type:
    class Scaled:
        """Of the same name, and does something else."""

        def __init__(self, factor: float | int) -> None:
            self._factor = factor

        def __call__(self, n: int, g: torch.Generator) -> torch.Tensor:
            return noise(n, g) + self._factor

    Scaled.__qualname__ = "Scaled"
    return Scaled


def net(value: float | int) -> nn.Module:
    made = nn.Linear(2, 2)
    nn.init.constant_(made.weight, value)
    nn.init.zeros_(made.bias)
    return made.requires_grad_(False)


def through(made: nn.Module) -> Draws:
    return lambda n, g: made(noise(n, g))


def scaled(by: Any) -> Draws:
    def draw(n: int, g: torch.Generator) -> torch.Tensor:
        return noise(n, g) * by

    return draw


class Net(nn.Module):
    """Draws through a net of its own."""

    def __init__(self, value: float | int) -> None:
        super().__init__()
        self.net = net(value)

    def forward(self, n: int, g: torch.Generator) -> torch.Tensor:
        return self.net(noise(n, g))


class Slope(nn.Module):
    """A nonlinearity of a user's own, with a private number."""

    def __init__(self, slope: float | int) -> None:
        super().__init__()
        self._slope = slope

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x, self._slope * x)


def game(compare: Callable | None = None, slope: float | int = 0.1) -> Game:
    torch.manual_seed(0)
    ways = [Direct(mlp([2, 4, 2], activation=partial(Slope, slope))) for _ in "TS"]
    bias = Cycle() if compare is None else Cycle(compare=compare)
    return Game(TwoWay(*ways), mlp([2, 1]), mlp([2, 1]), biases=[bias])


def pair(draw: Draws = noise, truth: Callable | None = None) -> IndependentPair:
    return IndependentPair(Sampler(draw, (2,)), Sampler(noise, (2,)), truth)


def play(folder: Path, objective: Game, data: IndependentPair, steps: int) -> list:
    config = TrainConfig(steps=steps, batch_size=4, log_every=1, progress=False)
    return fit(objective, data, config=config, folder=folder).rows


# fmt: off
CHANGES: dict[str, tuple[Draws, Draws]] = {
    "an operator": (lambda n, g: noise(n, g) * 2, lambda n, g: noise(n, g) ** 2),
    "a sign": (lambda n, g: noise(n, g) + 2, lambda n, g: noise(n, g) - 2),
    "an order": (lambda n, g: 1 - noise(n, g), lambda n, g: noise(n, g) - 1),
    "a number": (lambda n, g: noise(n, g) * 2, lambda n, g: noise(n, g) * 3),
    "a closure": (scaled(2), scaled(3)),
    "a tensor in a closure": (scaled(torch.ones(2)), scaled(torch.ones(2) * 2)),
    "an array in a closure": (scaled(np.float32(1)), scaled(np.float32(2))),
    "an argument": (partial(scaled, 2)(), partial(scaled, 3)()),
    "a bound argument": (
        partial(lambda n, g, by: noise(n, g) * by, by=2), partial(lambda n, g, by: noise(n, g) * by, by=3)
    ),
    "a default": (lambda n, g, by=2: noise(n, g) * by, lambda n, g, by=3: noise(n, g) * by),
    "a private number": (Scaled(2), Scaled(3)),
    "a method's number": (Scaled(2).__call__, Scaled(3).__call__),
    "an object's code": (Scaled(2), shifted_class()(2)),
    "a net in a closure": (through(net(1)), through(net(2))),
    "a net": (Net(1), Net(2)),
}
# fmt: on


@pytest.mark.parametrize("name", CHANGES)
def test_another_function_makes_another_run(tmp_path: Path, name: str) -> None:
    first, second = CHANGES[name]
    play(tmp_path, game(), pair(first), 1)
    with pytest.raises(CheckpointError, match=r"pair\.source\.function"):
        play(tmp_path, game(), pair(second), 2)
    assert len(play(tmp_path, game(), pair(first), 2)) == 2


def test_a_modules_value_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(tmp_path, game(), pair(by_a_name_of_the_module), 1)
    with monkeypatch.context() as patch:
        patch.setitem(globals(), "factor", 3.0)
        with pytest.raises(CheckpointError, match=r"function\.factor was 2\.0, is 3\.0"):
            play(tmp_path, game(), pair(by_a_name_of_the_module), 2)
    assert len(play(tmp_path, game(), pair(by_a_name_of_the_module), 2)) == 2


def test_a_comparison_and_a_true_map_count(tmp_path: Path) -> None:
    play(tmp_path, game(lambda a, b: (a - b).abs().mean()), pair(truth=lambda x: x + 1), 1)
    with pytest.raises(CheckpointError, match=r"biases\.Cycle\.compare\.code"):
        play(tmp_path, game(lambda a, b: (a + b).abs().mean()), pair(truth=lambda x: x + 1), 2)
    with pytest.raises(CheckpointError, match=r"pair\.truth\.code"):
        play(tmp_path, game(lambda a, b: (a - b).abs().mean()), pair(truth=lambda x: x - 1), 2)


def test_a_private_number_of_a_users_own_module_counts(tmp_path: Path) -> None:
    play(tmp_path, game(slope=0.1), pair(), 1)
    with pytest.raises(CheckpointError, match=r"_slope was 0\.1, is 0\.2"):
        play(tmp_path, game(slope=0.2), pair(), 2)


def test_a_comparison_through_a_net_of_the_game_goes_on(tmp_path: Path) -> None:
    def made() -> Game:
        objective = game()
        judge = objective.discriminators["y"]
        objective.biases = (Cycle(compare=lambda a, b: (judge(a) - judge(b)).square().mean()),)
        return objective

    objective = made()
    play(tmp_path / "a", objective, pair(), 1)
    # In the process that trained it, and in another one: its weights are other ones before they are restored.
    assert play(tmp_path / "a", objective, pair(), 2) == play(tmp_path / "b", made(), pair(), 2)
    play(tmp_path / "c", made(), pair(), 1)
    assert play(tmp_path / "c", made(), pair(), 2) == play(tmp_path / "b", made(), pair(), 2)


def test_layout_and_comments_do_not_count() -> None:
    # fmt: off
    first = lambda x: (x  +   1)  # noqa: E731  a comment
    second, third = (lambda x: x + 1), lambda x: x + 2
    # fmt: on
    assert exact_code(first) == exact_code(second) != exact_code(third)


def test_without_a_text_every_operator_counts() -> None:
    made = [
        eval(text) for text in ("lambda x: x + 1", "lambda x: x - 1", "lambda x: 1 - x", "lambda x: x + 1")
    ]
    codes = [exact_code(each) for each in made]
    assert codes[0] == codes[3]
    assert len(set(codes)) == 3
