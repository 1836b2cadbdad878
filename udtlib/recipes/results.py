"""Results of longer runs, as files that the book shows: `book/results/NAME.json`."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from udtlib.evaluate.report import device_name
from udtlib.profiles import Profile
from udtlib.show.figure import Picture

PACKAGES = ("udtlib", "torch", "numpy", "lightning-fabric")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measured quantity of one system: a value per seed, and the paper's value where it states one.

    Raises:
        ValueError: no value, or one that is infinite or not a number.
    """

    system: str
    metric: str
    values: tuple[float, ...]
    paper: float | None = None

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"{self.system}, {self.metric}: no values; give one for each seed")
        bad = [value for value in (*self.values, self.paper or 0.0) if not math.isfinite(value)]
        if bad:
            raise ValueError(f"{self.system}, {self.metric}: {bad[0]} is not finite; did the run diverge?")

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return statistics.fmean(self.values)

    @property
    def std(self) -> float | None:
        r"""The sample standard deviation over the seeds, with :math:`n - 1` below; None for one seed."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a reproduction brings home: measured rows, and pictures by a word that their file's name ends in."""

    rows: Sequence[Row]
    pictures: Mapping[str, Picture] = field(default_factory=dict)


def write_result(
    folder: Path,
    *,
    name: str,
    title: str,
    source: str,
    profile: Profile,
    seeds: Sequence[int],
    findings: Findings,
    seconds: float,
) -> Path:
    """Write ``folder/NAME.json``, whole or not at all, and its pictures beside it; returns its path.

    Raises:
        ValueError: there are no rows, or a row has not one value for each seed.
        OSError: the folder cannot be written.
    """
    rows = findings.rows
    if not rows:
        raise ValueError(f"{name} measured nothing; a result needs at least one row")
    for row in rows:
        if len(row.values) != len(seeds):
            raise ValueError(
                f"{name}: {row.system}, {row.metric} has {len(row.values)} values "
                f"for {len(seeds)} seeds; give one for each"
            )
    result = {
        "name": name,
        "title": title,
        "profile": profile.name,
        "source": source,
        "rows": [
            {
                "system": row.system,
                "metric": row.metric,
                "paper": row.paper,
                "mean": row.mean,
                "std": row.std,
                "seeds": list(seeds),
                "values": list(row.values),
            }
            for row in rows
        ],
        "pictures": [
            {"file": f"{name}-{word}.webp", "alt": picture.alt, "caption": picture.caption}
            for word, picture in findings.pictures.items()
        ],
        "provenance": {**provenance(profile), "seconds": round(seconds, 1)},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for word, picture in findings.pictures.items():
        scratch = folder / f".{name}-{word}.part.webp"
        picture.save(scratch)
        os.replace(scratch, folder / f"{name}-{word}.webp")
    path, scratch = folder / f"{name}.json", folder / f".{name}.json.part"
    try:
        scratch.write_text(json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def provenance(profile: Profile) -> dict[str, Any]:
    """What ran: commit, device, versions and day."""
    return {
        "commit": commit(Path(__file__).parent),
        "device": device_name(profile.device),
        "versions": {
            "python": platform.python_version(),
            **{package: metadata.version(package) for package in PACKAGES},
        },
        "date": date.today().isoformat(),
    }


def commit(folder: Path) -> str | None:
    """The commit that is checked out, with ``+`` if files have changed since; None outside a repository."""
    command = ["git", "-C", str(folder), "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        # An installed package has no repository, and a machine may have no git: None says so in the result.
        return None
    return answer.stdout.strip()
