r"""A report answers three questions and keeps them apart.

*Fit*: is :math:`T_\#\alpha` close to :math:`\beta`? *Alignment*: is :math:`T(x)` the right :math:`y`?
*Effort*: how far does the map move things, and how long does it take? A perfect fit can be the wrong map,
so no number here mixes two of them.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from types import MappingProxyType
from typing import Any

import torch

from udtlib.evaluate.numbers import show_values
from udtlib.evaluate.table import ColumnGroup, table_html

__all__ = ["Provenance", "Report", "ReportRow"]

#: The three questions, in the order in which a report asks them.
GROUPS = ("fit", "alignment", "effort")
#: What a column group asks, for its heading.
QUESTIONS = {"fit": "is T#α close to β?", "alignment": "is T(x) the right y?", "effort": "at what cost?"}
PACKAGES = ("udtlib", "torch", "numpy")

#: One number, or one number for each seed.
Measurement = float | int | Sequence[float | int] | torch.Tensor | None


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where numbers come from: what was run, with which seeds and versions, on what, and when.

    Args:
        configuration: the sizes and hyper-parameters of the run.
        seeds: the seeds that the spread is over.
        versions: version by package.
        device: the device in words.
        date: the day of the run, as YYYY-MM-DD.
    """

    configuration: Mapping[str, Any] = field(default_factory=dict)
    seeds: Sequence[int] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    device: str = ""
    date: str = ""

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


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """The measurements of one system: named numbers (one, or one per seed) under each of the three questions.

    Raises:
        ValueError: no measurement at all, an empty sequence, or a name that stands under two questions.
    """

    system: str
    fit: Mapping[str, Measurement] = field(default_factory=dict)
    alignment: Mapping[str, Measurement] = field(default_factory=dict)
    effort: Mapping[str, Measurement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for group in GROUPS:
            values = {name: as_values(name, value) for name, value in getattr(self, group).items()}
            for name in values:
                if name in seen:
                    raise ValueError(f"{self.system}: {name!r} is under {seen[name]} and {group}; choose one")
                seen[name] = group
            object.__setattr__(self, group, MappingProxyType(values))
        if not seen:
            raise ValueError(f"{self.system}: the row measures nothing; give fit, alignment or effort")


@dataclass(frozen=True, kw_only=True)
class Report:
    """A table of systems with three column groups, fit, alignment and effort, that are never merged.

    Args:
        title: the table's caption.
        rows: one row for each system; a number that a row lacks is shown as a dash.
        provenance: where the numbers come from.

    Raises:
        ValueError: no rows, two rows of the same name, or a name that stands under different questions.
    """

    title: str
    rows: Sequence[ReportRow]
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))
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
        """The values that one system has for one name, or None where it was not measured."""
        row = {row.system: row for row in self.rows}[system]
        return {**row.fit, **row.alignment, **row.effort}.get(name)

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


def as_values(name: str, value: Measurement) -> tuple[float, ...] | None:
    """A measurement as one float per seed."""
    if value is None:
        return None
    values = torch.as_tensor(value, dtype=torch.float64).flatten().tolist()
    if not values:
        raise ValueError(
            f"{name!r} has no values; give a number, one number per seed, or None if not measured"
        )
    return tuple(values)


def device_name(device: torch.device | str) -> str:
    """The device in words: the GPU's name, or the processor's architecture."""
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({platform.machine()}, {torch.get_num_threads()} threads)"
