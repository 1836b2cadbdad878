"""`udt data`: where data sets lie, getting them, checking them, writing the emoji as folders."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from udtlib.data import files
from udtlib.data.emoji_files import HANDS, PARTS, emoji_index, emoji_manifest, verify_emoji
from udtlib.data.emoji_folders import export_emoji
from udtlib.data.formats import DataError
from udtlib.data.images import embedded_manifest, read_embedded
from udtlib.data.official import FILE_SETS, FileSet

#: The set that is complete in the package.
EMOJI = "emoji"


def chosen(names: Sequence[str]) -> list[FileSet]:
    """The data sets of these names that have official files, or all of them.

    Raises:
        ValueError: there is no data set of that name.
    """
    expected = (*FILE_SETS, EMOJI)
    for name in names:
        if name not in expected:
            raise ValueError(f"there is no data set {name!r}; expected {', '.join(expected)}")
    return [FILE_SETS[name] for name in names or FILE_SETS if name != EMOJI]


def with_emoji(names: Sequence[str]) -> bool:
    """Whether the emoji are meant, too."""
    return not names or EMOJI in names


def show(names: Sequence[str]) -> int:
    """Print where each data set lies, or what to do to get it; nothing is read or fetched."""
    sets = chosen(names)
    folder = files.data_folder()
    print(f"{files.VARIABLE}: {folder or 'not set'}")
    print(f"cache: {files.cache_folder()}")
    for dataset in sets:
        print(f"\n{dataset.name}: {dataset.title} by {dataset.source}, licence {dataset.licence}")
        embedded = embedded_manifest().get(dataset.name)
        if embedded:
            counts = (f"{sum(part.values()):,} {split}" for split, part in embedded["counts"].items())
            print(f"  embedded subset: {', '.join(counts)}")
        for file in dataset.files:
            print(f"  {file.name}: {files.find(dataset, file) or 'missing'}")
        if any(files.find(dataset, file) is None for file in dataset.files):
            print(f"  to get it: udt data fetch {dataset.name}")
    if with_emoji(names):
        show_emoji()
    return 0


def show_emoji() -> None:
    """Print whose drawings the package holds, and how to get them as files."""
    splits = Counter(emoji.split for emoji in emoji_index())
    counts = ", ".join(f"{splits[part]:,} {part}" for part in PARTS)
    print(f"\n{EMOJI}: one thing drawn by several hands, complete in the package: {counts}")
    for hand in HANDS:
        entry = emoji_manifest()["hands"][hand]
        print(f"  {hand}: {entry['title']} by {entry['artist']}, licence {entry['licence']}")
    print(f"  as folders of PNG files: udt data export {EMOJI} FOLDER")


def fetch(names: Sequence[str]) -> int:
    """Download what is missing and check everything; an error ends it."""
    for dataset in chosen(names):
        paths = files.fetch(dataset)
        print(f"{dataset.name}: complete and as published, in {paths[0].parent}")
    if with_emoji(names):
        verify_emoji()
        print(f"{EMOJI}: complete in the package, nothing to fetch")
    return 0


def verify(names: Sequence[str]) -> int:
    """Check embedded and complete data; reports on every set, then returns 2 if one is missing or bad."""
    failed = False
    for dataset in chosen(names):
        try:
            read_embedded(dataset.name)
            print(f"{dataset.name}: embedded subset as shipped")
            paths = files.verify(dataset)
            print(f"{dataset.name}: complete and as published, in {paths[0].parent}")
        except DataError as error:
            print(f"udt: {error}", file=sys.stderr)
            failed = True
    if with_emoji(names):
        try:
            verify_emoji()
            print(f"{EMOJI}: as shipped")
        except DataError as error:
            print(f"udt: {error}", file=sys.stderr)
            failed = True
    return 2 if failed else 0


def export(name: str, folder: Path, *, hands: str, size: int, unpaired: bool, replace: bool) -> int:
    """Write the emoji of these hands, named with commas between them, as folders of PNG files.

    Raises:
        ValueError: another data set, or options that :func:`~udtlib.data.emoji_folders.export_emoji` refuses.
        DataError: the folder holds something already, or cannot be written.
    """
    if name != EMOJI:
        raise ValueError(f"{name!r} cannot be exported; expected {EMOJI}")
    chosen_hands = [hand.strip() for hand in hands.split(",") if hand.strip()]
    counts = export_emoji(folder, hands=chosen_hands, size=size, unpaired=unpaired, replace=replace)
    for place, count in counts.items():
        print(f"{folder / place}: {count:,} pictures")
    print(f"Their licences ask to hand on the notices with them: {folder / 'README.md'}")
    return 0
