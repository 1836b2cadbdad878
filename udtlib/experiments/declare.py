"""What an experiment is: a pair, the systems that are compared on it, and how each is scored."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from udtlib.data.pair import DomainPair
from udtlib.evaluate.scores import Scores
from udtlib.experiments.images import Translation
from udtlib.objectives.base import Objective
from udtlib.profiles import Profile
from udtlib.show.figure import Picture
from udtlib.train.trainer import TrainConfig

__all__ = ["Experiment", "Look", "Measured", "Setting", "System", "Untrained", "slug"]

#: What a run shows: tensors by their label.
Shown = Mapping[str, Tensor]


class Setting(NamedTuple):
    """What a run is made under.

    Args:
        profile: sizes and hardware.
        seed: names initial weights, batches, and whatever else the run draws.
        shared: a folder for what all systems of this seed share, such as an autoencoder that is trained first;
            None keeps nothing.
    """

    profile: Profile
    seed: int
    shared: Path | None = None


class Look(ABC):
    """A picture of an experiment, in two steps: what each run shows, and how all of that is drawn."""

    #: whether all seeds are drawn: then every tensor has them on a first axis of its own
    every_seed: bool = False
    #: whether it is a chart of the table: then what is drawn are the systems' rows, and runs show nothing
    of_rows: bool = False

    @abstractmethod
    def look(self, subject: Any, pair: DomainPair) -> Shown:
        """What one trained system shows, as small tensors on the CPU, by label."""

    @abstractmethod
    def draw(self, shown: Mapping[str, Any]) -> Picture:
        """The picture, by system from what its first seed shows, or from its row of the table."""


class Measured(NamedTuple):
    """What one seed of an experiment that trains by itself brings home.

    Args:
        scores: by system.
        shown: by the picture's word, then by system, then by label.
    """

    scores: Mapping[str, Scores]
    shown: Mapping[str, Mapping[str, Shown]] = {}


@dataclass(frozen=True)
class System:
    """One of the compared systems: what is trained, and for how long.

    Args:
        game: the untrained objective, from the pair and the setting; the engine seeds what it draws.
        training: sizes of the training in a profile; the seed and the device are the engine's.
        part: the path within the objective of what is scored and translates, such as ``translator`` or
            ``makers.generator``; empty for the whole objective.
        pair: where it is trained on another pair than the experiment's.
        scores: where it is scored otherwise.
        trained_on: what training draws from, made of the pair, such as pairs of optimal plans; None for the pair.
        seen_as: from the trained part and the pair to what is scored and shown, such as a map between frames as a
            map of codes; None for the part itself.
        translation: how ``udt translate`` uses what was trained; None where it translates no images.
    """

    game: Callable[[Any, Setting], Objective]
    _: KW_ONLY
    training: Callable[[Profile], TrainConfig]
    part: str = "translator"
    pair: Callable[[Setting], DomainPair] | None = None
    scores: Callable[[Any, Any], Scores] | None = None
    trained_on: Callable[[Any, Setting], DomainPair] | None = None
    seen_as: Callable[[Any, Any], Any] | None = None
    translation: Translation | None = None

    def subject(self, objective: nn.Module, pair: Any = None) -> Any:
        """What is scored, in evaluation mode."""
        part = (objective.get_submodule(self.part) if self.part else objective).eval()
        return part if self.seen_as is None else self.seen_as(part, pair)


@dataclass(frozen=True)
class Untrained:
    """A reference that is scored otherwise than the systems, or on another pair.

    Args:
        subject: what stands in a trained system's place, such as the right answers; it may be None where the
            scores need nothing of the kind.
        pair: where it is another pair than the experiment's.
        scores: where it is scored otherwise.
    """

    subject: Any = None
    _: KW_ONLY
    pair: Callable[[Setting], DomainPair] | None = None
    scores: Callable[[Any, Any], Scores] | None = None


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A table as data: systems, trained and scored alike over seeds.

    Args:
        name: what ``udt reproduce`` calls it, and its file under ``book/results``; a literal string.
        title: one line; a literal string.
        source: the paper's table or figure with its bib key, or where the task is from; a literal string.
        pair: the domains under a setting.
        systems: what is compared, by name.
        references: what nothing is trained for: it stands in a system's place when it is scored, such as
            :func:`~udtlib.evaluate.translations.right_answers`; or an :class:`Untrained`.
        scores: of a trained system, from its part and the pair.
        measure: for an experiment that brings its own measurement, one seed at a time; then it has no systems.
        paper: what the paper states, by system and measure.
        pictures: by the word that their file's name ends in.

    Raises:
        ValueError: a name that is no file name, neither systems nor a measurement or both, a system without a pair
            or without scores, or two systems whose folders would be one.
    """

    name: str
    title: str
    source: str
    pair: Callable[[Setting], DomainPair] | None = None
    systems: Mapping[str, System] = field(default_factory=dict)
    references: Mapping[str, Any] = field(default_factory=dict)
    scores: Callable[[Any, Any], Scores] | None = None
    measure: Callable[[Setting], Measured] | None = None
    paper: Mapping[tuple[str, str], float | None] = field(default_factory=dict)
    pictures: Mapping[str, Look] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", self.name):
            raise ValueError(
                f"the name {self.name!r} is also a file's name; use letters, digits, '-' and '_' only"
            )
        if bool(self.systems) == bool(self.measure):
            raise ValueError(f"{self.name}: give systems to train, or a measure of its own, and not both")
        if self.measure and (self.references or self.scores):
            raise ValueError(f"{self.name}: a measure of its own brings references and scores along")
        for name, each in {**self.systems, **self.untrained}.items():
            if self.pair_of(each) is None or self.scores_of(each) is None:
                raise ValueError(f"{self.name}, {name}: give the experiment or the system a pair and scores")
        slugs = [slug(name) for name in self.systems]
        if twice := {each for each in slugs if slugs.count(each) > 1}:
            raise ValueError(f"{self.name}: two systems would share the folder {twice.pop()!r}; rename one")
        if self.systems and (unknown := {name for name, _ in self.paper} - {*self.systems, *self.references}):
            raise ValueError(f"{self.name}: the paper's {unknown.pop()!r} is no system of this experiment")

    @property
    def untrained(self) -> dict[str, Untrained]:
        """The references, each with its pair and its scores."""
        return {k: v if isinstance(v, Untrained) else Untrained(v) for k, v in self.references.items()}

    def pair_of(self, system: System | Untrained) -> Callable[[Setting], DomainPair] | None:
        """Where the system is trained and scored."""
        return system.pair or self.pair

    def scores_of(self, system: System | Untrained) -> Callable[[Any, Any], Scores] | None:
        """How the system is scored."""
        return system.scores or self.scores


def slug(name: str) -> str:
    """A system's name as a folder's: ``U-Net, λ = 10`` becomes ``U-Net-λ-10``."""
    return re.sub(r"[^\w.+]+", "-", name).strip("-.") or "system"
