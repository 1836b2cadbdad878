r"""A report answers three questions and keeps them apart.

*Fit*: is :math:`T_\#\alpha` close to :math:`\beta`? *Alignment*: is :math:`T(x)` the right :math:`y`?
*Effort*: how far does the map move things, and how long does it take? A perfect fit can be the wrong map,
so no number here mixes two of them; what answers none of the three stands apart as *other*.

The same report is shown in a notebook, stored as a file (:mod:`udtlib.evaluate.stored`) and read by a page.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import torch

from udtlib.evaluate.numbers import show_values
from udtlib.evaluate.scores import GROUPS, Measurement, Scores, as_values
from udtlib.evaluate.table import ColumnGroup, table_html
from udtlib.numerics.options import check_text, number

__all__ = ["QUESTIONS", "Picture", "Provenance", "Report", "ReportRow", "Run"]

#: What a column group asks, for its heading; what answers no question has none.
QUESTIONS = {
    "fit": "is T#α close to β?",
    "alignment": "is T(x) the right y?",
    "effort": "at what cost?",
    "other": "",
}
PACKAGES = ("udtlib", "torch", "numpy")


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where numbers come from: what was run, with which seeds and versions, on what, and when.

    Args:
        configuration: the sizes and hyper-parameters of the run.
        seeds: the seeds that the spread is over.
        versions: version by package.
        device: the device in words.
        date: the day of the run, as YYYY-MM-DD.
        commit: of the code, where it is known.
    """

    configuration: Mapping[str, Any] = field(default_factory=dict)
    seeds: Sequence[int] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    device: str = ""
    date: str = ""
    commit: str | None = None

    def __post_init__(self) -> None:
        # A frozen dataclass can still hold a dictionary that changes; read-only copies cannot.
        object.__setattr__(self, "configuration", MappingProxyType(dict(self.configuration)))
        object.__setattr__(self, "versions", MappingProxyType(dict(self.versions)))
        object.__setattr__(self, "seeds", tuple(self.seeds))

    @classmethod
    def here(
        cls,
        *,
        configuration: Mapping[str, Any] | None = None,
        seeds: Sequence[int] = (),
        device: torch.device | str = "cpu",
    ) -> Provenance:
        """The provenance of a run in this process, today."""
        versions = {"python": platform.python_version()}
        versions |= {name: metadata.version(name) for name in PACKAGES}
        return cls(
            configuration=configuration or {},
            seeds=tuple(seeds),
            versions=versions,
            device=device_name(device),
            date=date.today().isoformat(),
        )

    def __str__(self) -> str:
        parts = [f"{name} {value}" for name, value in self.configuration.items()]
        if self.seeds:
            parts.append(f"{'seed' if len(self.seeds) == 1 else 'seeds'} {', '.join(map(str, self.seeds))}")
        parts += [self.device] if self.device else []
        parts += [f"{name} {version}" for name, version in self.versions.items()]
        parts += [self.date] if self.date else []
        return " · ".join(parts)


@runtime_checkable
class Picture(Protocol):
    """A drawing with its words, such as :class:`udtlib.show.figure.Picture`."""

    alt: str
    caption: str

    def save(self, path: Path) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training that a report rests on.

    Args:
        system: what was trained.
        seed: from which seed.
        seconds: of training, on this device.
        steps: rounds of the game; 0 where nothing was trained.
        device: in words.
        settings: the digest of what was declared.
        diverged: why there are no scores; None where the run ended well.
    """

    system: str
    seed: int
    seconds: float
    steps: int = 0
    device: str = ""
    settings: str = ""
    diverged: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """The measurements of one system: named numbers (one, or one per seed) under the question that each answers.

    Args:
        system: what was measured.
        fit: is T#α close to β?
        alignment: is T(x) the right y?
        effort: at what cost?
        other: what answers none of the three.
        paper: what a paper states, by the same names.
        seeds: which seeds the values belong to, in their order; empty where nobody says.

    Raises:
        ValueError: no measurement at all, an empty sequence, a name that stands under two questions, a paper's
            value of nothing that was measured, or not as many values as seeds.
    """

    system: str
    fit: Mapping[str, Measurement] = field(default_factory=dict)
    alignment: Mapping[str, Measurement] = field(default_factory=dict)
    effort: Mapping[str, Measurement] = field(default_factory=dict)
    other: Mapping[str, Measurement] = field(default_factory=dict)
    paper: Mapping[str, float | None] = field(default_factory=dict)
    seeds: Sequence[int] = ()

    def __post_init__(self) -> None:
        check_text(self.system, name="system")
        seen: dict[str, str] = {}
        for group in (*GROUPS, "paper"):
            if not isinstance(getattr(self, group), Mapping):
                raise TypeError(
                    f"{self.system}: {group} holds numbers by name, got {getattr(self, group)!r}; give a dict"
                )
        for group in GROUPS:
            values = {name: as_values(name, value) for name, value in getattr(self, group).items()}
            for name, each in values.items():
                check_text(name, name=f"{self.system}: a name under {group}")
                if name in seen:
                    raise ValueError(f"{self.system}: {name!r} is under {seen[name]} and {group}; choose one")
                if self.seeds and each is not None and len(each) != len(self.seeds):
                    raise ValueError(
                        f"{self.system}: {name!r} has {len(each)} values for {len(self.seeds)} seeds; "
                        "give one for each"
                    )
                seen[name] = group
            object.__setattr__(self, group, MappingProxyType(values))
        if not seen:
            raise ValueError(f"{self.system}: the row measures nothing; give fit, alignment, effort or other")
        if unknown := set(self.paper) - set(seen):
            raise ValueError(
                f"{self.system}: the paper's {sorted(unknown)[0]!r} was not measured; there are {[*seen]}"
            )
        stated = {
            name: None if value is None else number(value, name=f"the paper's {name!r}")
            for name, value in self.paper.items()
        }
        object.__setattr__(self, "paper", MappingProxyType(stated))
        object.__setattr__(self, "seeds", tuple(self.seeds))

    @classmethod
    def of(
        cls, system: str, scores: Mapping[int, Scores], *, paper: Mapping[str, float | None] | None = None
    ) -> ReportRow:
        """One system's scores by seed; a name that one seed lacks is an error.

        Raises:
            ValueError: the seeds were not scored alike.
        """
        if not scores:
            raise ValueError(f"{system}: no seed was scored; give the scores of at least one")
        names = {seed: [(group, name) for group, name, _ in each] for seed, each in scores.items()}
        first = next(iter(names.values()))
        if odd := [seed for seed, found in names.items() if found != first]:
            raise ValueError(
                f"{system}: seed {odd[0]} has the scores {names[odd[0]]}, seed {next(iter(names))} has {first}; "
                "score all seeds alike"
            )
        groups: dict[str, dict[str, list[float]]] = {group: {} for group in GROUPS}
        for each in scores.values():
            for group, name, value in each:
                groups[group].setdefault(name, []).append(value)
        known = {name for _, name in first}
        paper = {name: value for name, value in (paper or {}).items() if name in known}
        return cls(system=system, paper=paper, seeds=tuple(scores), **groups)

    def measures(self) -> Iterator[tuple[str, str, tuple[float, ...]]]:
        """Every measured name with its question and its values."""
        for group in GROUPS:
            for name, values in getattr(self, group).items():
                if values is not None:
                    yield group, name, values


@dataclass(frozen=True, kw_only=True)
class Report:
    """A table of systems with column groups that are never merged.

    Args:
        title: the table's caption.
        rows: one row for each system; a number that a row lacks is shown as a dash.
        provenance: where the numbers come from.
        name: of the experiment and its file; empty for a table that is only shown.
        source: the paper's table or figure, with the bib key.
        profile: the sizes that it was run with.
        runs: the trainings behind it.
        pictures: by the word that their file's name ends in.

    Raises:
        ValueError: no rows, two rows of the same name, or a name that stands under different questions.
    """

    title: str
    rows: Sequence[ReportRow]
    provenance: Provenance | None = None
    name: str = ""
    source: str = ""
    profile: str = ""
    runs: Sequence[Run] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_text(self.title, name="title")
        if isinstance(self.rows, ReportRow | Mapping) or not all(
            isinstance(row, ReportRow) for row in self.rows
        ):
            raise TypeError(
                f"report {self.title!r} has rows of ReportRow, got {self.rows!r}; give a list of them"
            )
        object.__setattr__(self, "rows", tuple(self.rows))
        object.__setattr__(self, "runs", tuple(self.runs))
        if not self.rows:
            raise ValueError(f"report {self.title!r} has no rows; give at least one ReportRow")
        systems = [row.system for row in self.rows]
        if len(set(systems)) < len(systems):
            raise ValueError(f"report {self.title!r} names a system twice: {systems}")
        places: dict[str, str] = {}
        for group in GROUPS:
            for name in self.columns(group):
                if places.setdefault(name, group) != group:
                    raise ValueError(
                        f"report {self.title!r} has {name!r} under {places[name]} and {group}; choose one"
                    )

    def columns(self, group: str) -> tuple[str, ...]:
        """The names under one question, in the order in which the rows bring them."""
        return tuple(dict.fromkeys(name for row in self.rows for name in getattr(row, group)))

    def cell(self, system: str, name: str) -> tuple[float, ...] | None:
        """The values that one system has for one name, or None where it was not measured.

        Raises:
            ValueError: no such system.
        """
        rows = {row.system: row for row in self.rows}
        if system not in rows:
            raise ValueError(f"report {self.title!r} has no system {system!r}; it has {', '.join(rows)}")
        row = rows[system]
        return {measured: values for _, measured, values in row.measures()}.get(name)

    def __repr__(self) -> str:
        return f"<report: {self.title}>"

    def _repr_html_(self) -> str:
        groups = [
            ColumnGroup(heading=group.capitalize(), question=QUESTIONS[group], names=self.columns(group))
            for group in GROUPS
        ]
        names = [name for group in groups for name in group.names]
        cells = {
            row.system: {name: show_values(self.cell(row.system, name)) for name in names}
            for row in self.rows
        }
        return table_html(self.title, groups=groups, rows=cells, footnote=str(self.provenance or ""))


def device_name(device: torch.device | str) -> str:
    """The device in words: the GPU's name, or the processor's architecture."""
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({platform.machine()}, {torch.get_num_threads()} threads)"
