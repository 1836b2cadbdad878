"""Training on a user's own two folders of images, in a folder that says by itself how to use what was trained."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from udtlib.data.folders import FolderPair, folder_pair
from udtlib.data.places import check_file_place
from udtlib.data.text_files import read_json_object
from udtlib.experiments.declare import Setting, System
from udtlib.experiments.own_systems import METHODS, PAIRED, own_system
from udtlib.experiments.records import locked
from udtlib.experiments.runs import config_of
from udtlib.experiments.trained import load_translator
from udtlib.profiles import Profile
from udtlib.show.sheets import SampleSheets, sheets_in, shown_images
from udtlib.train.checkpoint import CheckpointError
from udtlib.train.log import History
from udtlib.train.randomness import random_run
from udtlib.train.trainer import CHECKPOINT, LOG, fit
from udtlib.translators.base import Translator

__all__ = ["SETTINGS", "OwnImages", "load_own", "read_settings", "train_own"]

#: The file of a run's folder that says what it was made under.
SETTINGS = "settings.json"
#: Sheets of samples in a run, unless told otherwise.
SHEETS = 12


@dataclass(frozen=True, kw_only=True)
class OwnImages:
    """What a run on own images is made under.

    Args:
        method: one of :data:`~udtlib.experiments.own_systems.METHODS`.
        source: the folder of X.
        target: the folder of Y.
        size: side of the images in pixels.
        grey: one channel instead of three.
        mirror: turn training images left to right with probability 1/2.
        steps: rounds of the game.
        seed: names every random draw.
    """

    method: str
    source: str
    target: str
    size: int = 64
    grey: bool = False
    mirror: bool = True
    steps: int = 1200
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"a run has at least one step, got steps={self.steps}")
        # Refuses unknown methods and sizes that their nets do not take.
        own_system(self.method, size=self.size, channels=self.channels, steps=self.steps)

    @property
    def channels(self) -> int:
        """Of the images of either side."""
        return 1 if self.grey else 3

    @property
    def system(self) -> System:
        """What is trained."""
        return own_system(self.method, size=self.size, channels=self.channels, steps=self.steps)

    def pair(self, *, strict: bool) -> FolderPair:
        """The two folders as domains.

        Raises:
            DataError: they cannot be used.
        """
        return folder_pair(
            Path(self.source),
            Path(self.target),
            size=self.size,
            grey=self.grey,
            paired=self.method in PAIRED,
            mirror=self.mirror,
            strict=strict,
        )


def train_own(
    own: OwnImages,
    profile: Profile,
    *,
    folder: Path,
    fresh: bool = False,
    strict: bool = False,
    sheets_every: int | None = None,
    say: Callable[[str], None] = print,
) -> History:
    """Train a method on two folders; goes on where an earlier run in ``folder`` stopped or was to stop.

    Args:
        own: the settings.
        profile: the hardware; sizes are the settings'.
        folder: keeps ``settings.json``, ``log.jsonl``, ``checkpoint.pt`` and the sheets of samples.
        fresh: begin again, whatever is there.
        strict: refuse folders with files that cannot be used.
        sheets_every: steps between two sheets, a multiple of the steps between two rows of the log.
        say: is told what happens.

    Raises:
        ValueError: the folder holds a run of other settings, or cannot be written into.
        DataError: the folders of images cannot be used.
        CheckpointError: the folder's checkpoint is damaged, or of other nets or other images.
    """
    config = replace(config_of(own.system.training(profile), Setting(profile, own.seed)), progress=True)
    every = sheets_every or max(1, round(own.steps / SHEETS / config.log_every)) * config.log_every
    if every % config.log_every and every < own.steps:
        raise ValueError(
            f"samples are drawn where the log has a new row, every {config.log_every} steps; got {every} steps "
            "between two sheets, use a multiple"
        )
    with locked(folder, say=say):
        # Before the images are read, which may take minutes.
        for name in (SETTINGS, CHECKPOINT, LOG):
            for each in (Path(name), Path(name).with_suffix(".part")):
                check_file_place(folder / each, fixed=True)
        made = own.pair(strict=strict)
        say(
            "; ".join(f"{n}: {a} + {b} test" for n, (a, b) in zip("xy", made.counts, strict=True)) + " images"
        )
        if made.warning:
            say(made.warning)
        if fresh:
            clear(folder)
        earlier = keep_settings(own, folder)
        with random_run(own.seed):
            objective = own.system.game(made.pair, Setting(profile, own.seed))
        translator, images = objective.get_submodule(own.system.part), shown_images(made.pair)
        watch = SampleSheets(folder, translator, images, every=every, steps=own.steps, say=say)
        if not (folder / "checkpoint.pt").exists():
            watch(0)
        try:
            return fit(objective, made.pair, config=config, folder=folder, watch=watch)
        except CheckpointError as error:
            if earlier is not None:
                # A run that is not gone on with remains what it was.
                write_settings(earlier, folder)
            raise error.for_command() from error


def clear(folder: Path) -> None:
    """Remove an earlier run's files, the checkpoint first: what is left of a broken-off removal is begun anew."""
    for name in ("checkpoint.pt", SETTINGS, "log.jsonl"):
        (folder / name).unlink(missing_ok=True)
    for path in sheets_in(folder).values():
        path.unlink()


def keep_settings(own: OwnImages, folder: Path) -> OwnImages | None:
    """Write the settings beside the run, or compare them with those that are there; a run may become longer.

    Returns:
        The settings that were there, if any.

    Raises:
        ValueError: others are there.
    """
    earlier = read_settings(folder) if (folder / SETTINGS).exists() else None
    if earlier is not None:
        there, here = asdict(earlier), asdict(own)
        # Folders may be moved or named otherwise from another place. Nothing falls over a run, so that its first
        # rounds are those of a longer one.
        free = {"source", "target"} | ({"steps"} if here["steps"] > there["steps"] else set())
        differ = [
            f"{k}: {there[k]} there, {here[k]} here" for k in here if k not in free and there[k] != here[k]
        ]
        if differ:
            raise ValueError(
                f"{folder} holds a run of other settings ({'; '.join(differ)}); use those or more steps, another "
                "folder with --out, or --fresh to begin again"
            )
        if here["steps"] == there["steps"]:
            return earlier
    write_settings(own, folder)
    return earlier


def write_settings(own: OwnImages, folder: Path) -> None:
    """Write the settings beside the run, whole or not at all."""
    path = folder / SETTINGS
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(asdict(own), indent=1, ensure_ascii=True) + "\n", "utf-8")
    os.replace(scratch, path)


def read_settings(folder: Path) -> OwnImages:
    """The settings of a run on own images.

    Raises:
        ValueError: the file is damaged.
    """
    path = folder / SETTINGS
    try:
        content = read_json_object(path)
        types = {field.name: field.type for field in fields(OwnImages)}
        if {k: type(v).__name__ for k, v in content.items()} != types:
            raise ValueError("its entries are not those of a run")
        return OwnImages(**content)
    except (OverflowError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be used ({error}); it should be as `udt train` wrote it, one of "
            f"{', '.join(METHODS)}: restore it, or train again with --fresh"
        ) from error


def load_own(folder: Path, profile: Profile) -> tuple[OwnImages, Translator]:
    """What a run on own images was made under, and its translator as it is now, in evaluation mode and frozen.

    Raises:
        ValueError: the settings are missing or damaged.
        CheckpointError: the checkpoint is missing, damaged, or not of these settings.
    """
    own = read_settings(folder)
    system, weights = own.system, folder / "checkpoint.pt"
    return own, load_translator(system.translation, system.part, weights, profile=profile, name=own.method)
