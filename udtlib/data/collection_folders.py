"""What several hands drew as folders of image files, as anybody's own pictures would come."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree

from PIL import Image

from udtlib.data.collection import NATIVE, PARTS, Collection
from udtlib.data.formats import DataError

__all__ = ["export_hands"]


def export_hands(
    collection: Collection,
    folder: Path,
    *,
    hands: Sequence[str] | None = None,
    size: int = NATIVE,
    unpaired: bool = False,
    replace: bool = False,
) -> dict[str, int]:
    """Write ``folder/HAND/train``, ``…/val`` and ``…/test``: PNG files, all of them or none.

    A file is named by its code points (``1f44d.png``), and so the same in every hand's folder. The hands' notices
    and licences go beside, to be handed on with the pictures.

    Args:
        collection: the emoji, or the calligraphy.
        folder: a new or an empty folder.
        hands: who drew; the collection's first two by default.
        size: pixels: 64, 32 or 16.
        unpaired: of two hands, the first shows one half of the training families and the second the other half, as
            in a pair of domains that is not paired; without it, every hand shows everything.
        replace: write into a folder that holds something, and replace the folders of these hands in it.

    Returns:
        How many pictures each folder got, by ``HAND/SPLIT``.

    Raises:
        ValueError: an unknown hand or size, a hand twice or none, or not two hands although ``unpaired``.
        DataError: the folder holds something or cannot be written, or the package's files are missing or changed.
    """
    hands = collection.hands[:2] if hands is None else hands
    check_export(collection, hands, size=size, unpaired=unpaired)
    folder = folder.absolute()
    if not replace and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            f"{folder} holds something already; name a new folder, or pass --replace to replace "
            f"{', '.join(hands)} in it"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside the destination, so that moving is renaming.
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as staging:
            made = Path(staging) / "made"
            counts = write_hands(collection, made, hands, size=size, unpaired=unpaired)
            folder.mkdir(exist_ok=True)
            move_into(folder, made, aside=Path(staging) / "aside")
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error}); name a folder that can") from error
    return counts


def check_export(collection: Collection, hands: Sequence[str], *, size: int, unpaired: bool) -> None:
    """Refuse what cannot be exported, saying why."""
    for hand in hands:
        collection.check_hand(hand)
    if not hands or len(set(hands)) != len(hands):
        raise ValueError(f"hands are {', '.join(hands) or 'none'}; expected one or more, each once")
    if unpaired and len(hands) != 2:
        raise ValueError(
            f"unpaired folders are those of two hands, got {', '.join(hands)}; name two, or leave it out"
        )
    collection.check_size(size)


def write_hands(
    collection: Collection, folder: Path, hands: Sequence[str], *, size: int, unpaired: bool
) -> dict[str, int]:
    """Write the hands' folders and the notices into a new folder; returns the counts by ``HAND/SPLIT``."""
    counts = {}
    for position, hand in enumerate(hands):
        for split in PARTS:
            numbers = collection.numbers_of(split, half=position if unpaired and split == "train" else None)
            own = folder / hand / split
            own.mkdir(parents=True)
            values = collection.pictures(hand, numbers, size=size).add(1).mul(127.5).round().byte()
            for number, value in zip(numbers.tolist(), values, strict=True):
                pixels = value.permute(1, 2, 0).squeeze(-1).numpy()
                Image.fromarray(pixels).save(own / f"{collection.index()[number].codepoints}.png")
            counts[f"{hand}/{split}"] = len(numbers)
    for name in collection.notices:
        (folder / name).write_bytes((collection.folder / name).read_bytes())
    return counts


def move_into(folder: Path, made: Path, *, aside: Path) -> None:
    """Move everything in ``made`` into ``folder``; what has the same name there is put back if that fails."""
    aside.mkdir()
    moved: list[str] = []
    try:
        for name in sorted(os.listdir(made)):
            if (folder / name).exists():
                os.replace(folder / name, aside / name)
            moved.append(name)
            os.replace(made / name, folder / name)
    except BaseException:
        for name in moved:
            if (folder / name).is_dir():
                rmtree(folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
            if (aside / name).exists():
                os.replace(aside / name, folder / name)
        raise
