"""`udt show`: a training run as one picture."""

from __future__ import annotations

from pathlib import Path

from udtlib.data.image_files import write_png
from udtlib.data.places import check_file_place
from udtlib.show.run import run_picture


def show(folder: Path, *, out: Path | None) -> int:
    """Draw the losses of a run and its samples over time; says where.

    Raises:
        ValueError: there is nothing to draw, or ``out`` is no PNG file in a folder that exists.
    """
    out = out or folder / "overview.png"
    if out.suffix.lower() != ".png" or (out.parent != folder and not out.parent.is_dir()):
        raise ValueError(f"the picture is a PNG file in a folder that exists, got {out}; give such a name")
    if folder.is_dir():
        check_file_place(out)
    write_png(run_picture(folder), out)
    print(out)
    return 0
