"""`udt data`: where data sets lie, getting them, checking them, writing drawings as folders."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from udtlib.data import files
from udtlib.data.collection import PARTS, Collection
from udtlib.data.collection_folders import export_hands
from udtlib.data.collections import COLLECTIONS
from udtlib.data.formats import DataError
from udtlib.data.images import embedded_manifest, read_embedded
from udtlib.data.official import FILE_SETS, FileSet


def chosen(names: Sequence[str]) -> list[FileSet]:
    """The data sets of these names that have official files, or all of them.

    Raises:
        ValueError: there is no data set of that name.
    """
    expected = (*FILE_SETS, *COLLECTIONS)
    for name in names:
        if name not in expected:
            raise ValueError(f"there is no data set {name!r}; expected {', '.join(expected)}")
    return [FILE_SETS[name] for name in names or FILE_SETS if name not in COLLECTIONS]


def collections(names: Sequence[str]) -> list[Collection]:
    """The collections of these names, which are complete in the package, or all of them."""
    return [collection for name, collection in COLLECTIONS.items() if not names or name in names]


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
    for collection in collections(names):
        show_collection(collection)
    return 0


def show_collection(collection: Collection) -> None:
    """Print whose drawings the package holds, and how to get them as files."""
    splits = Counter(thing.split for thing in collection.index())
    counts = ", ".join(f"{splits[part]:,} {part}" for part in PARTS)
    print(f"\n{collection.name}: one thing drawn by several hands, complete in the package: {counts}")
    for hand in collection.hands:
        entry = collection.manifest()["hands"][hand]
        print(f"  {hand}: {entry['title']} by {entry['artist']}, licence {entry['licence']}")
    print(f"  as folders of PNG files: udt data export {collection.name} FOLDER")


def fetch(names: Sequence[str]) -> int:
    """Download what is missing and check everything; an error ends it."""
    for dataset in chosen(names):
        paths = files.fetch(dataset)
        print(f"{dataset.name}: complete and as published, in {paths[0].parent}")
    for collection in collections(names):
        collection.verify()
        print(f"{collection.name}: complete in the package, nothing to fetch")
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
    for collection in collections(names):
        try:
            collection.verify()
            print(f"{collection.name}: as shipped")
        except DataError as error:
            print(f"udt: {error}", file=sys.stderr)
            failed = True
    return 2 if failed else 0


def export(name: str, folder: Path, *, hands: str | None, size: int, unpaired: bool, replace: bool) -> int:
    """Write what these hands drew, named with commas between them, as folders of PNG files.

    Raises:
        ValueError: another data set, or options that :func:`~udtlib.data.collection_folders.export_hands` refuses.
        DataError: the folder holds something already, or cannot be written.
    """
    if name not in COLLECTIONS:
        raise ValueError(f"{name!r} cannot be exported; expected one of {', '.join(COLLECTIONS)}")
    named = None if hands is None else [hand.strip() for hand in hands.split(",") if hand.strip()]
    counts = export_hands(
        COLLECTIONS[name], folder, hands=named, size=size, unpaired=unpaired, replace=replace
    )
    for place, count in counts.items():
        print(f"{folder / place}: {count:,} pictures")
    print(f"Their licences ask to hand on the notices with them: {folder / 'README.md'}")
    return 0
