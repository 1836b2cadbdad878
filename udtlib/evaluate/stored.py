"""Reports as files that the book's pages read: ``book/results/NAME.json``, with pictures beside it."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from udtlib.data.text_files import read_json_object
from udtlib.evaluate.report import Provenance, Report, ReportRow, Run, device_name
from udtlib.evaluate.scores import GROUPS

__all__ = ["provenance_here", "read_report", "write_report"]

PACKAGES = ("udtlib", "torch", "numpy", "lightning-fabric")


def write_report(report: Report, folder: Path) -> Path:
    """Write ``folder/NAME.json``, whole or not at all, and its pictures beside it; returns its path.

    Raises:
        ValueError: the report has no name, or a number that is infinite or not a number.
        OSError: the folder cannot be written.
    """
    if not report.name:
        raise ValueError(f"the report {report.title!r} has no name, which its file would bear; give it one")
    text = json.dumps(as_json(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    for word, picture in report.pictures.items():
        scratch = folder / f".{report.name}-{word}.part.webp"
        picture.save(scratch)
        os.replace(scratch, folder / f"{report.name}-{word}.webp")
    path, scratch = folder / f"{report.name}.json", folder / f".{report.name}.json.part"
    try:
        scratch.write_text(text, "utf-8")
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def as_json(report: Report) -> dict[str, Any]:
    """What is written: a row for each system and measure, the runs, the pictures' words and the provenance.

    Raises:
        ValueError: a number is infinite or not a number.
    """
    made = report.provenance or Provenance()
    return {
        "name": report.name,
        "title": report.title,
        "profile": report.profile,
        "source": report.source,
        "rows": [row for each in report.rows for row in rows_of(each)],
        "runs": [asdict(run) for run in report.runs],
        "pictures": [
            {"file": f"{report.name}-{word}.webp", "alt": picture.alt, "caption": picture.caption}
            for word, picture in report.pictures.items()
        ],
        "provenance": {
            "commit": made.commit,
            "device": made.device,
            "versions": dict(made.versions),
            "date": made.date,
            "seconds": round(sum(run.seconds for run in report.runs), 1),
        },
    }


def rows_of(row: ReportRow) -> list[dict[str, Any]]:
    """One system's measures, one each."""
    found = []
    for question, metric, values in row.measures():
        paper = row.paper.get(metric)
        if bad := [value for value in (*values, paper or 0.0) if not math.isfinite(value)]:
            raise ValueError(f"{row.system}, {metric}: {bad[0]} is not finite; did the run diverge?")
        found.append(
            {
                "system": row.system,
                "metric": metric,
                "question": question,
                "paper": paper,
                "mean": statistics.fmean(values),
                "std": statistics.stdev(values) if len(values) > 1 else None,
                "seeds": list(row.seeds or range(len(values))),
                "values": list(values),
            }
        )
    return found


def read_report(path: Path | str) -> Report:
    """The report of a file, without its pictures: they stand beside it.

    Raises:
        ValueError: the file cannot be read or holds no report; says what is missing.
    """
    path = Path(path)
    try:
        content = read_json_object(path)
        systems: dict[str, dict[str, Any]] = {}
        for row in content["rows"]:
            values = systems.setdefault(
                row["system"], {"seeds": tuple(row["seeds"]), "paper": {}, **{group: {} for group in GROUPS}}
            )
            values[row["question"]][row["metric"]] = tuple(row["values"])
            if row["paper"] is not None:
                values["paper"][row["metric"]] = row["paper"]
        made = content["provenance"]
        return Report(
            title=content["title"],
            rows=[ReportRow(system=system, **values) for system, values in systems.items()],
            provenance=Provenance(
                versions=made["versions"], device=made["device"], date=made["date"], commit=made["commit"]
            ),
            name=content["name"],
            source=content["source"],
            profile=content["profile"],
            runs=[Run(**run) for run in content["runs"]],
        )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} holds no report ({type(error).__name__}: {error}); write it again with "
            f"`udt reproduce {path.stem}`"
        ) from error


def provenance_here(
    device: torch.device | str, *, configuration: Mapping[str, Any] | None = None
) -> Provenance:
    """What runs in this process: commit, device, versions and day."""
    versions = {"python": platform.python_version()}
    versions |= {package: metadata.version(package) for package in PACKAGES}
    return Provenance(
        configuration=configuration or {},
        versions=versions,
        device=device_name(device),
        date=date.today().isoformat(),
        commit=commit_of(Path(__file__).parent),
    )


def commit_of(folder: Path) -> str | None:
    """The commit that is checked out, with ``+`` if files have changed since; None outside a repository."""
    command = ["git", "-C", str(folder), "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        # An installed package has no repository, and a machine may have no git: None says so in the result.
        return None
    return answer.stdout.strip()
