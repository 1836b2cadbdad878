"""Every instrument that can be trained again, by its name."""

from __future__ import annotations

import importlib
from pathlib import Path

from udtlib.instruments.storing import Instrument

__all__ = ["instruments"]

FOLDER = Path(__file__).parent


def instruments() -> dict[str, Instrument]:
    """What each folder with a ``training.py`` declares as its ``INSTRUMENT``."""
    found = (
        importlib.import_module(f"udtlib.instruments.{path.parent.name}.training").INSTRUMENT
        for path in sorted(FOLDER.glob("*/training.py"))
    )
    return {each.name: each for each in found}
