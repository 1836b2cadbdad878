"""The house style: a light card with dark ink, legible on every page, safe for colour-blind readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.colors import LinearSegmentedColormap

#: The card that every figure is drawn on, and the inks on it.
CARD = "#fbfaf7"
INK = "#2b2a27"
FAINT = "#8c887e"
HAIR = "#dedad0"

#: Hues after Okabe and Ito, which stay apart for every kind of colour vision; the orange is a shade darker so
#: that thin lines show on the light card. One meaning each, in the whole course.
SOURCE = "#0060a5"
TARGET = "#d97706"
TRANSLATED = "#009e73"
TRUTH = "#8a4f9e"

#: The colours of unnamed clouds, curves and systems, in this order.
CYCLE = (
    SOURCE,
    TARGET,
    TRANSLATED,
    "#c4609a",
    "#56a7d8",
    "#8a4f9e",
    "#a88a00",
    "#6d6a63",
    "#c8442c",
    "#3d3a8c",
)

#: The course's symbols and words for its three distributions, so that a cloud has the same colour everywhere.
ROLES = {
    "source": SOURCE,
    "α": SOURCE,
    "x": SOURCE,
    "target": TARGET,
    "β": TARGET,
    "y": TARGET,
    "data": TARGET,
    "translated": TRANSLATED,
    "generated": TRANSLATED,
    "T#α": TRANSLATED,
    "T(x)": TRANSLATED,
    "truth": TRUTH,
    "right y": TRUTH,
}

#: From the source's colour through the card to the target's: for functions with a neutral middle value.
DIVERGING = LinearSegmentedColormap.from_list("udt-diverging", [SOURCE, "#9cc3dd", CARD, "#f0c48c", TARGET])
#: From the card to ink: for heights and densities.
SEQUENTIAL = LinearSegmentedColormap.from_list(
    "udt-sequential", [CARD, "#bcd9d0", "#4f9f93", "#1f5f6b", "#1b2f45"]
)

#: Pixels of the stored picture per CSS pixel: sharp on a laptop's dense screen.
DENSITY = 2
#: CSS pixels per inch of matplotlib's figure size.
DPI = 100

SETTINGS = {
    "figure.facecolor": CARD,
    "figure.dpi": DPI,
    "savefig.facecolor": CARD,
    "axes.facecolor": CARD,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titlepad": 8,
    "axes.labelsize": 9.5,
    "axes.prop_cycle": matplotlib.cycler(color=CYCLE),
    "axes.axisbelow": True,
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
    "mathtext.fontset": "dejavusans",
    "font.size": 9.5,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "grid.color": HAIR,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "patch.linewidth": 0.6,
    "image.interpolation": "nearest",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.1,
    "figure.constrained_layout.w_pad": 0.1,
    "svg.hashsalt": "udt",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style inside the ``with`` block, and leave matplotlib's settings as they were."""
    with matplotlib.rc_context(SETTINGS):
        yield


def colour_of(name: str, position: int) -> str:
    """The colour that a name has in the whole course, or the next one of the cycle."""
    return ROLES.get(name) or ROLES.get(name.split(" ")[0]) or CYCLE[position % len(CYCLE)]
