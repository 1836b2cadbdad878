"""`udt data`: where the complete data sets lie, getting them, checking them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from udtlib.data import files
from udtlib.data.formats import DataError
from udtlib.data.images import embedded_manifest, read_embedded
from udtlib.data.official import FILE_SETS, FileSet


def chosen(names: Sequence[str]) -> list[FileSet]:
    """The data sets of these names, or all of them.

    Raises:
        ValueError: there is no data set of that name.
    """
    for name in names:
        if name not in FILE_SETS:
            raise ValueError(f"there is no data set {name!r}; expected {', '.join(FILE_SETS)}")
    return [FILE_SETS[name] for name in names or FILE_SETS]


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
    return 0


def fetch(names: Sequence[str]) -> int:
    """Download what is missing and check everything; an error ends it."""
    for dataset in chosen(names):
        paths = files.fetch(dataset)
        print(f"{dataset.name}: complete and as published, in {paths[0].parent}")
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
    return 2 if failed else 0
