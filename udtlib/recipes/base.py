"""What the catalogue holds: recipes, which train something, and reproductions, which measure something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from udtlib.experiments.images import Sides
from udtlib.profiles import NAMES, Profile
from udtlib.recipes.results import Findings
from udtlib.train.log import History
from udtlib.translators.base import Translator
from udtlib.translators.stochastic import StochasticTranslator

__all__ = ["Measure", "Recipe", "Reproduction", "Sides", "Train", "Translation", "check_names"]


@runtime_checkable
class Train(Protocol):
    """How a recipe is carried out: what it keeps goes into ``folder``."""

    def __call__(self, profile: Profile, *, seed: int, folder: Path, resume: bool) -> History: ...


@runtime_checkable
class Measure(Protocol):
    """How a reproduction is carried out: rows with one value for each seed, and pictures where they help."""

    def __call__(self, profile: Profile, *, seeds: tuple[int, ...]) -> Findings: ...


@dataclass(frozen=True, kw_only=True)
class Translation:
    """What `udt translate` needs to know: how to build the translator again, and which images it takes.

    Args:
        build: the untrained translator, as the recipe trains it in a profile.
        part: its path in the objective, such as ``translator`` or ``makers.generator``; finds it in a checkpoint.
        channels: of the images of X and of Y, each 1 (grey) or 3 (colours).
        sides: which images the nets take in a profile.
    """

    build: Callable[[Profile], Translator | StochasticTranslator]
    part: str = "translator"
    channels: tuple[int, int] = (3, 3)
    sides: Callable[[Profile], Sides]

    def __post_init__(self) -> None:
        if not set(self.channels) <= {1, 3}:
            raise ValueError(f"images have 1 channel (grey) or 3 (colours), got channels={self.channels}")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Something to train: a pair, an objective and their configuration.

    Args:
        name: what ``udt train`` calls it.
        summary: one line.
        seconds: how long it takes, by profile; None or absent where nobody has measured it.
        train: carries it out.
        translation: how ``udt translate`` uses what was trained; None where it translates no images.
    """

    name: str
    summary: str
    seconds: Mapping[str, float | None]
    train: Train
    translation: Translation | None = None

    def __post_init__(self) -> None:
        check_names(self.name, self.seconds)


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """Something to measure over several seeds and to put beside a paper's numbers.

    Args:
        name: what ``udt reproduce`` calls it, and its file under ``book/results``.
        title: one line.
        source: the paper's table or figure, with the bib key.
        seconds: how long all seeds take, by profile; None or absent where nobody has measured it.
        run: carries it out.
    """

    name: str
    title: str
    source: str
    seconds: Mapping[str, float | None]
    run: Measure

    def __post_init__(self) -> None:
        check_names(self.name, self.seconds)


def check_names(name: str, seconds: Mapping[str, float | None]) -> None:
    """Refuse a name that is no plain file name, and times of profiles that do not exist."""
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"the name {name!r} is also a file's name; use letters, digits, '-' and '_' only")
    if unknown := set(seconds) - set(NAMES):
        raise ValueError(f"{name}: no profile {sorted(unknown)[0]!r}; there are {', '.join(NAMES)}")
