"""One run: a system and a seed in a folder of their own, trained, scored and recorded.

.. code-block:: text

    runs/EXPERIMENT/PROFILE/SYSTEM/seed-0/   checkpoint.pt, log.jsonl, shown.safetensors, run.json
    runs/EXPERIMENT/PROFILE/_shared/seed-0/  what all systems of a seed share

``run.json`` is written last, in one piece: a run without it is begun, and goes on from its checkpoint.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from udtlib.data.pair import DomainPair
from udtlib.data.text_files import read_json_object
from udtlib.evaluate.stored import provenance_here
from udtlib.experiments.declare import Experiment, Measured, Setting, slug
from udtlib.experiments.following import Follower, ScoreCurves
from udtlib.experiments.records import RUN, Record, Say, check_places, locked, read_record, write_record
from udtlib.numerics.integrators import IntegrationError
from udtlib.profiles import Profile
from udtlib.train.checkpoint import CheckpointError, check_length
from udtlib.train.log import NonFiniteLossError
from udtlib.train.randomness import random_run
from udtlib.train.settings import describe, digest
from udtlib.train.trainer import TrainConfig, fit

__all__ = ["REFERENCES", "WHOLE", "Unit", "carry_out", "folder_of", "settings_of", "told", "units_of"]

#: The system's name of a run that scores an experiment's references, or that is an experiment's own measurement.
REFERENCES, WHOLE = "_references", "_measure"
#: What a run goes on from.
CHECKPOINT = "checkpoint.pt"
#: Checkpoints of a run, and seconds between two lines about it.
CHECKPOINTS, QUIET = 20, 30.0


class Unit(NamedTuple):
    """What is carried out by itself: one system (or the references, or the whole) from one seed."""

    system: str
    seed: int

    def __str__(self) -> str:
        words = {REFERENCES: "references", WHOLE: "measurement"}.get(self.system, self.system)
        return f"{words}, seed {self.seed}"


def units_of(
    experiment: Experiment, seeds: tuple[int, ...], systems: tuple[str, ...] | None = None
) -> list[Unit]:
    """Every run of an experiment, or of some of its systems, seed by seed.

    Raises:
        ValueError: a system that the experiment does not have.
    """
    if experiment.measure:
        if systems:
            raise ValueError(
                f"{experiment.name} measures all its systems at once; leave {', '.join(systems)} out"
            )
        return [Unit(WHOLE, seed) for seed in seeds]
    known = [*experiment.systems, *([REFERENCES] if experiment.references else [])]
    if unknown := [name for name in systems or () if name not in known]:
        raise ValueError(
            f"{experiment.name} has no system {unknown[0]!r}; there are {', '.join(experiment.systems)}"
        )
    return [Unit(name, seed) for seed in seeds for name in known if not systems or name in systems]


def folder_of(root: Path, experiment: Experiment, profile: Profile, unit: Unit) -> Path:
    """Where a run keeps its files."""
    name = unit.system if unit.system in (REFERENCES, WHOLE) else slug(unit.system)
    return root / experiment.name / profile.name / name / f"seed-{unit.seed}"


def settings_of(experiment: Experiment, unit: Unit, profile: Profile) -> tuple[Any, Any]:
    """What is declared for a run's training, and for its scores."""
    looks = {word: describe(look) for word, look in experiment.pictures.items()}
    if unit.system == WHOLE:
        return {"profile": profile.name, "measure": describe(experiment.measure)}, {"pictures": looks}
    if unit.system == REFERENCES:
        pairs = {name: describe(experiment.pair_of(each)) for name, each in experiment.untrained.items()}
        scored = {
            name: describe([each.subject, experiment.scores_of(each)])
            for name, each in experiment.untrained.items()
        }
        return {"profile": profile.name, "pairs": pairs}, {"references": scored}
    system = experiment.systems[unit.system]
    declared = {
        "profile": profile.name,
        "pair": describe(experiment.pair_of(system)),
        "game": describe(system.game),
        "part": system.part,
        "trained on": describe(system.trained_on),
        "training": describe(system.training(profile)),
    }
    scored = {"scores": describe(experiment.scores_of(system)), "seen as": describe(system.seen_as)}
    return declared, {**scored, "pictures": looks}


def told(experiment: Experiment, profile: Profile) -> None:
    """Have everything described now: an edit while a table is made is about the next table, not this one."""
    for unit in units_of(experiment, (0,)):
        settings_of(experiment, unit, profile)


def carry_out(
    experiment: Experiment,
    unit: Unit,
    profile: Profile,
    *,
    root: Path,
    fresh: bool = False,
    say: Say = lambda line: None,
) -> Record:
    """Train what is left to train of a run, score it and record it; a run that is finished is read.

    What several tables compare is trained once: a finished run of the same declared training, from the same seed
    and in another table, is scored by this one's measures; ``fresh`` runs are trained all the same.

    Raises:
        CheckpointError: the folder's checkpoint is damaged or of other settings.
    """
    folder = folder_of(root, experiment, profile, unit)
    with locked(folder, say=say):
        declared = settings_of(experiment, unit, profile)
        record = read_record(folder)
        if record is not None and (digest(record.settings), digest(record.scoring)) == tuple(
            map(digest, declared)
        ):
            return record
        shared = root / experiment.name / profile.name / "_shared" / f"seed-{unit.seed}"
        setting = Setting(profile, unit.seed, shared)
        check_places(folder)
        halted = (folder / CHECKPOINT).exists()
        twin = None
        if not (halted or fresh):
            twin = trained_elsewhere(experiment, unit, profile, root=root, declared=declared[0])
        if twin is not None:
            shutil.copyfile(twin / CHECKPOINT, folder / "checkpoint.twin")
            os.replace(folder / "checkpoint.twin", folder / CHECKPOINT)
        how = "goes on from its checkpoint" if halted else "begun" if twin is None else f"trained as {twin}"
        say(f"{experiment.name} · {unit}: {how}")
        began = time.perf_counter()
        try:
            record = performed(experiment, unit, setting, folder=folder, say=say, declared=declared)
        except CheckpointError as error:
            if twin is None:
                raise error.for_command() from error
            # Of another machine's data, say, or damaged: what it was to save is done here after all.
            say(f"{experiment.name} · {unit}: {twin} is of no use here ({error}); begun")
            (folder / CHECKPOINT).unlink()
            record = performed(experiment, unit, setting, folder=folder, say=say, declared=declared)
        write_record(folder, record)
    ended = f"diverged: {record.diverged}" if record.diverged else "done"
    say(f"{experiment.name} · {unit}: {ended} in {time.perf_counter() - began:.0f} s")
    return record


def trained_elsewhere(
    experiment: Experiment, unit: Unit, profile: Profile, *, root: Path, declared: Any
) -> Path | None:
    """The folder of a finished run of another table with the same declared training and seed; or None."""
    followed = any(isinstance(look, ScoreCurves) for look in experiment.pictures.values())
    if unit.system in (REFERENCES, WHOLE) or followed:  # scores on the way cannot be taken afterwards
        return None
    wanted = digest(declared)
    for path in sorted(root.glob(f"*/{profile.name}/*/seed-{unit.seed}/{RUN}")):
        folder = path.parent
        if not (folder / CHECKPOINT).exists():
            continue
        try:
            found = read_json_object(path)
        except ValueError:  # the table that it belongs to names it
            continue
        if not found.get("diverged") and digest(found.get("settings")) == wanted:
            return folder
    return None


def performed(
    experiment: Experiment, unit: Unit, setting: Setting, *, folder: Path, say: Say, declared: tuple[Any, Any]
) -> Record:
    """The run itself."""
    about: dict[str, Any] = {"settings": declared[0], "scoring": declared[1]}
    about["run"] = {
        "experiment": experiment.name,
        "system": unit.system,
        "seed": unit.seed,
        "profile": setting.profile.name,
    }
    about["provenance"] = provenance_here(setting.profile.device)
    began = time.perf_counter()
    if unit.system == WHOLE:
        assert experiment.measure is not None, "an experiment without systems measures by itself"
        with random_run(unit.seed):
            found = experiment.measure(setting)
        return Record(
            scores=found.scores, shown=found.shown, seconds=time.perf_counter() - began, steps=0, **about
        )
    if unit.system == REFERENCES:
        scores = {}
        for name, each in experiment.untrained.items():
            pair, score = pair_of(experiment.pair_of(each), setting), experiment.scores_of(each)
            assert score is not None, "checked when the experiment was declared"
            with random_run(unit.seed):
                scores[name] = score(each.subject, pair)
        return Record(scores=scores, shown={}, seconds=0.0, steps=0, **about)
    try:
        found, seconds, steps = trained(experiment, unit, setting, folder=folder, say=say)
    except (NonFiniteLossError, IntegrationError) as error:
        # A result like any other: it is recorded, and the table says how many runs ended so.
        seconds = time.perf_counter() - began
        return Record(scores={}, shown={}, seconds=seconds, steps=0, diverged=str(error), **about)
    return Record(scores=found.scores, shown=found.shown, seconds=seconds, steps=steps, **about)


def trained(
    experiment: Experiment, unit: Unit, setting: Setting, *, folder: Path, say: Say
) -> tuple[Measured, float, int]:
    """One system's scores and what it shows, with the seconds and the rounds of its training."""
    system = experiment.systems[unit.system]
    pair = pair_of(experiment.pair_of(system), setting)
    with random_run(unit.seed):
        objective = system.game(pair, setting)
    config = config_of(system.training(setting.profile), setting)
    if (folder / CHECKPOINT).exists():
        check_length(folder / CHECKPOINT, steps=config.steps)
    last = [time.perf_counter()]

    score = experiment.scores_of(system)
    assert score is not None, "checked when the experiment was declared"
    curves = {w: look for w, look in experiment.pictures.items() if isinstance(look, ScoreCurves)}
    follower = Follower(
        folder,
        steps=config.steps,
        times=max((look.times for look in curves.values()), default=0),
        objective=objective,
        score=lambda: score(system.subject(objective, pair), pair),
        seed=unit.seed,
    )

    def watch(done: int) -> None:
        follower(done)
        if time.perf_counter() - last[0] >= QUIET:
            last[0] = time.perf_counter()
            say(f"{experiment.name} · {unit}: step {done} of {config.steps}")

    drawn_from = pair if system.trained_on is None else system.trained_on(pair, setting)
    history = fit(objective, drawn_from, config=config, folder=folder, watch=watch)
    subject = system.subject(objective, pair)
    with random_run(unit.seed):
        scores = score(subject, pair)
        shown = {w: {unit.system: look.look(subject, pair)} for w, look in experiment.pictures.items()}
    shown |= {w: {unit.system: look.noted(follower.rows())} for w, look in curves.items()}
    return Measured({unit.system: scores}, shown), history.seconds, config.steps


def config_of(config: TrainConfig, setting: Setting) -> TrainConfig:
    """A declared training from this seed on this device, with checkpoints on the way."""
    every = max(1, round(config.steps / CHECKPOINTS / config.log_every)) * config.log_every
    return replace(
        config,
        seed=setting.seed,
        accelerator=setting.profile.accelerator,
        progress=False,
        checkpoint_every=config.checkpoint_every or every,
    )


def pair_of(make: Callable[[Setting], DomainPair] | None, setting: Setting) -> DomainPair:
    """The pair under a setting, made once for all systems of a process."""
    assert make is not None, "checked when the experiment was declared"
    with locked(setting.shared):
        return made_pair(make, setting)


@lru_cache(maxsize=2)
def made_pair(make: Callable[[Setting], DomainPair], setting: Setting) -> DomainPair:
    """Domains take seconds to draw and autoencoders longer: the last two are remembered."""
    with random_run(setting.seed):
        return make(setting)
