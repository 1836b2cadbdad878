"""Carries experiments out: what is missing of a table is trained, in parallel where asked, and put together."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import torch

from udtlib.evaluate.report import Report, ReportRow, Run
from udtlib.experiments.catalogue import find
from udtlib.experiments.declare import Experiment, Look
from udtlib.experiments.records import Record, Say, read_record
from udtlib.experiments.runs import (
    REFERENCES,
    WHOLE,
    Unit,
    carry_out,
    folder_of,
    settings_of,
    told,
    units_of,
)
from udtlib.profiles import Profile
from udtlib.train.settings import differences, digest

__all__ = ["FailedRunsError", "StaleRunError", "merge", "reproduce", "state_of", "table", "train"]


class StaleRunError(RuntimeError):
    """A run was made under other settings than are declared now; the message says which and what to do."""


class FailedRunsError(RuntimeError):
    """Some runs of a table failed; the message says which and why, and all others are kept."""


def reproduce(
    place: str,
    profile: Profile,
    *,
    seeds: Sequence[int],
    root: Path = Path("runs"),
    systems: Sequence[str] | None = None,
    only: int | None = None,
    jobs: int = 1,
    fresh: bool = False,
    say: Say = print,
) -> Report | None:
    """Carry out what is missing of an experiment's table, and put the table together.

    Args:
        place: the experiment's name, or ``FILE.py:NAME`` for one of a user's own.
        profile: sizes and hardware.
        seeds: of the table.
        root: where the runs are kept.
        systems: only these are trained; None for all.
        only: the one seed of the table that is carried out, as by one task of many; the table is then left to a
            later call, so that tasks do not write it at the same time.
        jobs: processes that train side by side.
        fresh: begin the runs again, whatever is there.
        say: is told every line of progress.

    Returns:
        The table, or None while runs of it are missing, and after a single seed.

    Raises:
        ValueError: a single seed that is none of the table's.
        StaleRunError: a run that is there was made under other settings.
        FailedRunsError: runs failed; all others were carried out.
    """
    experiment = found(place, profile)
    if only is not None and only not in seeds:
        raise ValueError(
            f"seed {only} is none of the table's, which are {list(seeds)}; ask for another, or for more seeds"
        )
    carried = tuple(seeds) if only is None else (only,)
    units = units_of(experiment, carried, tuple(systems) if systems else None)
    if fresh:
        for unit in units:
            shutil.rmtree(folder_of(root, experiment, profile, unit), ignore_errors=True)
    check_current(experiment, units, profile, root=root)
    failed: dict[Unit, str] = {}
    missing = [unit for unit in units if state_of(experiment, unit, profile, root=root) != "done"]
    if jobs == 1 or len(missing) <= 1:
        with one_thread(profile):
            for unit in missing:
                try:
                    carry_out(experiment, unit, profile, root=root, fresh=fresh, say=say)
                except Exception as error:
                    failed[unit] = note(error)
                    say(f"{experiment.name} · {unit}: FAILED: {failed[unit]}")
    elif missing:
        failed = side_by_side(place, missing, profile, root=root, jobs=jobs, fresh=fresh, say=say)
    if failed:
        raise FailedRunsError(
            f"{experiment.name}: {len(failed)} of {len(missing)} runs failed, the others are kept: "
            + "; ".join(f"{unit}: {error}" for unit, error in failed.items())
        )
    if only is not None:
        say(f"{experiment.name}: {len(units)} runs of seed {only} are done; the table is made without --seed")
        return None
    wanted = units_of(experiment, tuple(seeds))
    if absent := [unit for unit in wanted if state_of(experiment, unit, profile, root=root) != "done"]:
        say(f"{experiment.name}: {len(absent)} runs are missing for the table, such as {absent[0]}")
        return None
    return table(experiment, profile, seeds=tuple(seeds), root=root)


def train(
    place: str,
    system: str,
    profile: Profile,
    *,
    seed: int,
    root: Path = Path("runs"),
    fresh: bool = False,
    say: Say = print,
) -> tuple[Path, Record]:
    """Train one system from one seed, as its experiment's table does; returns the run's folder and its record.

    Raises:
        ValueError: the experiment has no such system.
        StaleRunError: the run is there, made under other settings.
    """
    experiment = found(place, profile)
    (unit,) = units_of(experiment, (seed,), (system,))
    folder = folder_of(root, experiment, profile, unit)
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    check_current(experiment, [unit], profile, root=root)
    with one_thread(profile):
        return folder, carry_out(experiment, unit, profile, root=root, fresh=fresh, say=say)


def found(place: str, profile: Profile) -> Experiment:
    """The experiment, all of whose settings are read from the files that were imported for it."""
    experiment = find(place)
    told(experiment, profile)
    return experiment


def side_by_side(
    place: str,
    units: Sequence[Unit],
    profile: Profile,
    *,
    root: Path,
    jobs: int,
    fresh: bool = False,
    say: Say,
) -> dict[Unit, str]:
    """Carry out runs in processes of their own; returns what failed, and why."""
    failed: dict[Unit, str] = {}
    pool = ProcessPoolExecutor(
        max_workers=min(jobs, len(units)),
        mp_context=get_context("spawn"),
        initializer=follow_parent,
        initargs=(os.getpid(),),
    )
    with pool:
        tasks = {pool.submit(in_process, place, unit, profile, root, fresh): unit for unit in units}
        for count, task in enumerate(as_completed(tasks), start=1):
            if (error := task.exception()) is not None:
                failed[tasks[task]] = note(error)
                say(f"{place} · {tasks[task]}: FAILED: {failed[tasks[task]]}")
            say(f"{place}: {count} of {len(units)} runs")
    return failed


def in_process(place: str, unit: Unit, profile: Profile, root: Path, fresh: bool) -> None:
    """One run, in a process that has imported nothing yet."""
    experiment = found(place, profile)
    with one_thread(profile):
        carry_out(experiment, unit, profile, root=root, fresh=fresh, say=lambda line: print(line, flush=True))


def follow_parent(parent: int, *, every: float = 1.0) -> None:
    """End this process when the one that started it is gone: a killed table leaves nobody at work."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def one_thread(profile: Profile):
    """One thread for each run on a CPU, so that its arithmetic does not depend on how many run side by side."""
    before = torch.get_num_threads()
    if profile.device.type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def note(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}"


def state_of(experiment: Experiment, unit: Unit, profile: Profile, *, root: Path) -> str:
    """``done``, ``stale`` (made under other settings), ``to be scored`` again, ``begun`` or ``missing``."""
    folder = folder_of(root, experiment, profile, unit)
    record = read_record(folder)
    if record is None:
        return "begun" if (folder / "checkpoint.pt").exists() else "missing"
    declared, scoring = settings_of(experiment, unit, profile)
    if digest(record.settings) != digest(declared):
        return "stale"
    return "done" if digest(record.scoring) == digest(scoring) else "to be scored"


def check_current(experiment: Experiment, units: Sequence[Unit], profile: Profile, *, root: Path) -> None:
    """Refuse to go on from runs of other settings.

    Raises:
        StaleRunError: there is one.
    """
    stale = [unit for unit in units if state_of(experiment, unit, profile, root=root) == "stale"]
    if stale:
        folder = folder_of(root, experiment, profile, stale[0])
        record = read_record(folder)
        assert record is not None, "a run without a record is not stale"
        lines = differences(record.settings, settings_of(experiment, stale[0], profile)[0])
        raise StaleRunError(
            f"{experiment.name}: {len(stale)} of {len(units)} runs were made under other settings, such as "
            f"{folder} ({'; '.join(lines[:3])}); restore those settings, use another folder with --runs, or train "
            "them again with --fresh"
        )


def table(experiment: Experiment, profile: Profile, *, seeds: tuple[int, ...], root: Path) -> Report:
    """The report of finished runs, with the pictures of the first seed.

    Raises:
        FileNotFoundError: a run is missing.
    """
    records = {unit: record_of(experiment, unit, profile, root) for unit in units_of(experiment, seeds)}
    found: dict[str, dict[int, object]] = {}
    for unit, record in records.items():
        for system, scores in record.scores.items():
            found.setdefault(system, {})[unit.seed] = scores
    order = [*experiment.systems, *experiment.references] if experiment.systems else [*found]
    paper = {system: {m: v for (s, m), v in experiment.paper.items() if s == system} for system in order}
    rows = [ReportRow.of(name, found[name], paper=paper[name]) for name in order if name in found]
    shown = {
        word: {row.system: row for row in rows}
        if look.of_rows
        else shown_of(records, word, look, first=seeds[0])
        for word, look in experiment.pictures.items()
    }
    runs = [
        Run(
            system={WHOLE: "all systems", REFERENCES: "references"}.get(unit.system, unit.system),
            seed=unit.seed,
            seconds=round(record.seconds, 1),
            steps=record.steps,
            device=record.provenance.device,
            settings=digest([record.settings, record.scoring]),
            diverged=record.diverged,
        )
        for unit, record in records.items()
    ]
    return Report(
        title=experiment.title,
        rows=rows,
        provenance=next(iter(records.values())).provenance,
        name=experiment.name,
        source=experiment.source,
        profile=profile.name,
        runs=runs,
        pictures={w: look.draw(shown[w]) for w, look in experiment.pictures.items() if shown[w]},
    )


def shown_of(
    records: Mapping[Unit, Record], word: str, look: Look, *, first: int
) -> dict[str, Mapping[str, torch.Tensor]]:
    """What a picture is drawn from: by system, the first seed's tensors, or those of all seeds stacked."""
    runs: dict[str, list[Mapping[str, torch.Tensor]]] = {}
    for unit, record in records.items():
        if look.every_seed or unit.seed == first:
            for system, shown in record.shown.get(word, {}).items():
                runs.setdefault(system, []).append(shown)
    if not look.every_seed:
        return {system: shown for system, (shown,) in runs.items()}
    return {
        s: {label: torch.stack([run[label] for run in each]) for label in each[0]} for s, each in runs.items()
    }


def record_of(experiment: Experiment, unit: Unit, profile: Profile, root: Path) -> Record:
    """A finished run's record."""
    folder = folder_of(root, experiment, profile, unit)
    record = read_record(folder)
    if record is None:
        raise FileNotFoundError(f"{folder} holds no finished run; `udt reproduce {experiment.name}` makes it")
    return record


def merge(place: str, profile: Profile, other: Path, *, root: Path = Path("runs")) -> list[Path]:
    """Take over finished runs of an experiment that came from another machine; returns their folders.

    Raises:
        FileNotFoundError: the other folder has no runs of the experiment.
        StaleRunError: one of them was made under other settings; then nothing is taken over.
    """
    experiment = find(place)
    source = other / experiment.name / profile.name
    named = {path.parent.name.removeprefix("seed-") for path in source.glob("*/seed-*/run.json")}
    # Whatever else lies there is no run of a seed.
    seeds = sorted(int(seed) for seed in named if seed.isascii() and seed.isdecimal() and len(seed) < 20)
    units = [
        u for u in units_of(experiment, tuple(seeds)) if read_record(folder_of(other, experiment, profile, u))
    ]
    if not units:
        raise FileNotFoundError(
            f"{other} holds no finished run of {experiment.name} in the profile {profile.name}; expected "
            f"{source}/SYSTEM/seed-N/run.json"
        )
    check_current(experiment, units, profile, root=other)
    taken = []
    for unit in units:
        here, there = (folder_of(each, experiment, profile, unit) for each in (root, other))
        if read_record(here) is None:
            scratch = here.with_name(here.name + ".part")
            shutil.rmtree(scratch, ignore_errors=True)
            shutil.copytree(there, scratch)
            shutil.rmtree(here, ignore_errors=True)
            os.replace(scratch, here)
            taken.append(here)
    return taken
