"""Emoji as folders of image files, as anybody's own pictures would come."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree

from PIL import Image

from udtlib.data.emoji import SIZES, numbers_of, pictures
from udtlib.data.emoji_files import NATIVE, NOTICES, PARTS, check_hand, emoji_index
from udtlib.data.emoji_files import folder as package_folder
from udtlib.data.formats import DataError


def export_emoji(
    folder: Path,
    *,
    hands: Sequence[str] = ("noto", "twemoji"),
    size: int = NATIVE,
    unpaired: bool = False,
    replace: bool = False,
) -> dict[str, int]:
    """Write ``folder/HAND/train``, ``…/val`` and ``…/test``: PNG files, all of them or none.

    A file is named by its code points (``1f44d.png``), and so the same in every hand's folder. The hands' notices
    and licences go beside, to be handed on with the pictures.

    Args:
        folder: a new or an empty folder.
        hands: who drew, as in :class:`~udtlib.data.emoji.EmojiPair`.
        size: pixels: 64, 32 or 16.
        unpaired: of two hands, the first shows one half of the training families and the second the other half, as
            in an unpaired :class:`~udtlib.data.emoji.EmojiPair`; without it, every hand shows every emoji.
        replace: write into a folder that holds something, and replace the folders of these hands in it.

    Returns:
        How many pictures each folder got, by ``HAND/SPLIT``.

    Raises:
        ValueError: an unknown hand or size, a hand twice or none, or not two hands although ``unpaired``.
        DataError: the folder holds something or cannot be written, or the package's files are missing or changed.
    """
    check_export(hands, size=size, unpaired=unpaired)
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
            counts = write_hands(made, hands, size=size, unpaired=unpaired)
            folder.mkdir(exist_ok=True)
            move_into(folder, made, aside=Path(staging) / "aside")
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error}); name a folder that can") from error
    return counts


def check_export(hands: Sequence[str], *, size: int, unpaired: bool) -> None:
    """Refuse what cannot be exported, saying why."""
    for hand in hands:
        check_hand(hand)
    if not hands or len(set(hands)) != len(hands):
        raise ValueError(f"hands are {', '.join(hands) or 'none'}; expected one or more, each once")
    if unpaired and len(hands) != 2:
        raise ValueError(
            f"unpaired folders are those of two hands, got {', '.join(hands)}; name two, or leave it out"
        )
    if size not in SIZES:
        raise ValueError(f"emoji have 64, 32 or 16 pixels, got size={size}")


def write_hands(folder: Path, hands: Sequence[str], *, size: int, unpaired: bool) -> dict[str, int]:
    """Write the hands' folders and the notices into a new folder; returns the counts by ``HAND/SPLIT``."""
    counts = {}
    for position, hand in enumerate(hands):
        for split in PARTS:
            numbers = numbers_of(split, half=position if unpaired and split == "train" else None)
            own = folder / hand / split
            own.mkdir(parents=True)
            values = pictures(hand, numbers, size=size).add(1).mul(127.5).round().byte()
            for number, value in zip(numbers.tolist(), values, strict=True):
                pixels = value.permute(1, 2, 0).squeeze(-1).numpy()
                Image.fromarray(pixels).save(own / f"{emoji_index()[number].codepoints}.png")
            counts[f"{hand}/{split}"] = len(numbers)
    for name in NOTICES:
        (folder / name).write_bytes((package_folder() / name).read_bytes())
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
