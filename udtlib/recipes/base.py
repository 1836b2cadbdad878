"""What the catalogue holds: recipes, which train something, and reproductions, which measure something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from udtlib.profiles import NAMES, Profile
from udtlib.recipes.results import Findings
from udtlib.train.log import History


@runtime_checkable
class Train(Protocol):
    """How a recipe is carried out: what it keeps goes into ``folder``."""

    def __call__(self, profile: Profile, *, seed: int, folder: Path, resume: bool) -> History: ...


@runtime_checkable
class Measure(Protocol):
    """How a reproduction is carried out: rows with one value for each seed, and pictures where they help."""

    def __call__(self, profile: Profile, *, seeds: tuple[int, ...]) -> Findings: ...


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Something to train: a pair, an objective and their configuration.

    Args:
        name: what ``udt train`` calls it.
        summary: one line.
        seconds: how long it takes, by profile; None or absent where nobody has measured it.
        train: carries it out.
    """

    name: str
    summary: str
    seconds: Mapping[str, float | None]
    train: Train

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
