"""The command `udt`: look at an installation, get data, train, translate, measure again what the book reports.

Each command's own imports come when it runs, so that `udt doctor` can speak where something is broken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

PROFILES = ("quick", "colab", "full")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status: 0 done, 1 a check failed, 2 it could not be done."""
    chosen = build_parser().parse_args(arguments)
    try:
        return dispatch(chosen)
    except KeyboardInterrupt:
        print("udt: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if chosen.traceback or not is_message(error):
            raise
        print(f"udt: {error}", file=sys.stderr)
        return 2


def is_message(error: Exception) -> bool:
    """Whether an error was raised for the user to read; any other one is a bug, and shows where it is."""
    return isinstance(error, (ValueError, OSError)) or type(error).__module__.startswith("udtlib.")


def dispatch(chosen: argparse.Namespace) -> int:
    """Call the command that was asked for."""
    if chosen.command == "doctor":
        from udtlib.cli.doctor import doctor

        return doctor()
    if chosen.command == "data":
        from udtlib.cli import data

        if chosen.action == "export":
            return data.export(
                chosen.name,
                chosen.folder,
                hands=chosen.hands,
                size=chosen.size,
                unpaired=chosen.unpaired,
                replace=chosen.replace,
            )
        actions = {"list": data.show, "fetch": data.fetch, "verify": data.verify}
        return actions[chosen.action](chosen.names)
    if chosen.command == "translate":
        from udtlib.cli.translate import translate

        return translate(
            chosen.source,
            chosen.target,
            weights=chosen.weights,
            experiment=chosen.experiment,
            back=chosen.back,
            pad=chosen.pad,
            seed=chosen.seed,
            size=chosen.size,
            strict=chosen.strict,
        )
    if chosen.command == "show":
        from udtlib.cli.show import show

        return show(chosen.folder, out=chosen.out)
    if chosen.command == "reproduce":
        return reproduce_as(chosen)
    if chosen.command == "train":
        return train_as(chosen)
    raise AssertionError(f"no command {chosen.command}")


def train_as(chosen: argparse.Namespace) -> int:
    """`udt train`, in one of its forms."""
    if chosen.source or chosen.target:
        from udtlib.cli.own import train_on_folders

        return train_on_folders(chosen)
    from udtlib.cli import train

    if chosen.list or chosen.name is None:
        return train.list_all()
    return train.train(
        chosen.name,
        chosen.system,
        profile=chosen.profile,
        seed=chosen.seed,
        root=chosen.runs,
        out=chosen.out,
        fresh=chosen.fresh,
    )


def reproduce_as(chosen: argparse.Namespace) -> int:
    """`udt reproduce`, in one of its forms."""
    from udtlib.cli import reproduce as tables

    if chosen.status:
        return tables.status(chosen.name, profile=chosen.profile, seeds=chosen.seeds, root=chosen.runs)
    if chosen.list or chosen.name is None:
        return tables.list_experiments(results=chosen.out)
    if chosen.merge is not None:
        tables.merge(chosen.name, chosen.merge, profile=chosen.profile, root=chosen.runs)
    return tables.reproduce(
        chosen.name,
        profile=chosen.profile,
        seeds=chosen.seeds,
        results=chosen.out,
        root=chosen.runs,
        systems=chosen.systems,
        only=chosen.seed,
        jobs=chosen.jobs,
        fresh=chosen.fresh,
    )


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(
        prog="udt", description="The command of the course on domain translation."
    )
    parser.add_argument("--traceback", action="store_true", help="show where in the code an error came up")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("doctor", help="say what is installed, what is missing, and what to do about it")
    add_data(commands.add_parser("data", help="list, fetch, check or export data sets"))
    add_train(commands.add_parser("train", help="train a system, an instrument, or on own images"))
    add_reproduce(commands.add_parser("reproduce", help="measure again what the book reports"))
    add_show(commands.add_parser("show", help="draw the losses and the samples of a training run"))
    add_translate(commands.add_parser("translate", help="translate images with what `udt train` kept"))
    return parser


def add_data(parser: argparse.ArgumentParser) -> None:
    """`udt data`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, does in (
        ("list", "where each set lies"),
        ("fetch", "download what is missing and check it"),
        ("verify", "check every file"),
    ):
        action = actions.add_parser(name, help=does)
        action.add_argument(
            "names", nargs="*", metavar="NAME", help="data sets, for example mnist; none means all"
        )
    add_export(actions.add_parser("export", help="write a set as folders of PNG files"))


def add_export(parser: argparse.ArgumentParser) -> None:
    """`udt data export`."""
    parser.add_argument("name", metavar="NAME", help="which set: emoji or calligraphy")
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="where to: FOLDER/HAND/train, val and test"
    )
    parser.add_argument(
        "--hands",
        help="who drew: noto, twemoji, fluent-flat, fluent-3d, fluent-line; or print, brush, running (default: "
        "the first two)",
    )
    parser.add_argument("--size", type=int, default=64, help="pixels of a side: 64, 32 or 16 (default 64)")
    parser.add_argument(
        "--unpaired", action="store_true", help="divide what training shows between the two hands"
    )
    parser.add_argument(
        "--replace", action="store_true", help="write into a folder that holds something already"
    )


def add_train(parser: argparse.ArgumentParser) -> None:
    """`udt train`."""
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="an experiment or an instrument, or a method for own images; none lists them",
    )
    parser.add_argument(
        "system", nargs="?", metavar="SYSTEM", help="of the experiment; without it, lists its systems"
    )
    parser.add_argument("--list", action="store_true", help="only list what can be trained")
    add_profile(parser)
    parser.add_argument("--seed", type=int, default=0, help="names every random draw of the run (default 0)")
    parser.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        default=Path("runs"),
        help="where an experiment's runs are kept, the same as for reproduce (default runs)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where to keep an instrument, or a run on own images (default runs/NAME-seed-SEED)",
    )
    parser.add_argument("--fresh", action="store_true", help="start again, even if a run can be resumed")
    own = parser.add_argument_group(
        "own images", "NAME is then cyclegan, cut, distancegan, unit, or pix2pix for files of equal names"
    )
    own.add_argument("--source", type=Path, metavar="FOLDER", help="images of the domain to translate from")
    own.add_argument("--target", type=Path, metavar="FOLDER", help="images of the domain to translate to")
    own.add_argument(
        "--size", type=positive, default=64, metavar="N", help="side of the images in pixels (default 64)"
    )
    own.add_argument("--grey", action="store_true", help="grey images instead of colours")
    own.add_argument("--no-mirror", action="store_true", help="do not turn training images left to right")
    own.add_argument("--strict", action="store_true", help="refuse folders with files that cannot be used")
    own.add_argument("--steps", type=positive, metavar="N", help="rounds of the game (default 1200)")
    own.add_argument(
        "--every",
        type=positive,
        metavar="N",
        help="steps between two sheets of samples (default: twelve sheets)",
    )


def add_reproduce(parser: argparse.ArgumentParser) -> None:
    """`udt reproduce`."""
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="an experiment, or FILE.py:NAME for one of yours; none lists them",
    )
    add_profile(parser)
    parser.add_argument("--seeds", type=positive, default=3, metavar="N", help="seeds 0 … N-1 (default 3)")
    parser.add_argument(
        "--seed",
        type=int,
        metavar="K",
        help="carry out this one alone, and leave the table to a later call",
    )
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="runs side by side (default 1)")
    parser.add_argument(
        "--systems",
        type=split,
        metavar="A,B",
        help="train only these; ';' instead of ',' if a name has a comma",
    )
    parser.add_argument("--list", action="store_true", help="list what there is and what has been measured")
    parser.add_argument(
        "--status", action="store_true", help="say which runs are done, stale, begun or missing"
    )
    parser.add_argument("--fresh", action="store_true", help="train again what is there")
    parser.add_argument(
        "--merge",
        type=Path,
        metavar="FOLDER",
        help="first take over finished runs from another machine's runs",
    )
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", default=Path("runs"), help="where runs are kept (default runs)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        default=Path("book/results"),
        help="where to write NAME.json (default book/results)",
    )


def add_show(parser: argparse.ArgumentParser) -> None:
    """`udt show`."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="the folder of the run, still going or not")
    parser.add_argument(
        "--out", type=Path, metavar="OUT.png", help="where to write the picture (default RUN/overview.png)"
    )


def add_translate(parser: argparse.ArgumentParser) -> None:
    """`udt translate`."""
    parser.add_argument(
        "source", type=Path, metavar="IN", help="the image to translate, or a folder of images"
    )
    parser.add_argument(
        "target",
        type=Path,
        metavar="OUT",
        help="where to write its translation, a PNG file; or theirs, a folder",
    )
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="RUN",
        required=True,
        help="the training run's folder, or its checkpoint.pt",
    )
    parser.add_argument("--back", action="store_true", help="translate from the target domain to the source")
    parser.add_argument(
        "--pad", action="store_true", help="mirror the border of an image whose size the net does not take"
    )
    parser.add_argument(
        "--size", type=int, metavar="N", help="bring the shorter side to N pixels first (default: as it is)"
    )
    parser.add_argument(
        "--strict", action="store_true", help="refuse a folder with an image that cannot be used"
    )
    parser.add_argument("--seed", type=int, help="chooses one translation where noise makes many")
    parser.add_argument(
        "--experiment", metavar="FILE.py:NAME", help="what was trained, if it is an experiment of yours"
    )


def add_profile(parser: argparse.ArgumentParser) -> None:
    """The option that every long command has."""
    parser.add_argument(
        "--profile", choices=PROFILES, help="its size (default: UDT_PROFILE, or by the hardware)"
    )


def split(text: str) -> tuple[str, ...]:
    """Names between commas, or between semicolons where a name has a comma of its own."""
    return tuple(name.strip() for name in text.split(";" if ";" in text else ",") if name.strip())


def positive(text: str) -> int:
    """A whole number of at least one."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not at least 1")
    return value
