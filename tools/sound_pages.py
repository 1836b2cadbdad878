"""What the page "Beyond images" includes: its table, from stored results, and its players."""

from __future__ import annotations

from html import escape
from pathlib import Path

from bias_pages import Result
from score_tables import score_table

EXPERIMENT = "timbre-unpaired"
#: What a start decides as a whole is shown start by start: no run has the mean of it.
BY_START = ("T: partner found", "T: lines in their places", "T: all lines too high, bands")
#: The columns of the table.
COLUMNS = (
    ("taken for a violin", "fit", "T: taken for the instrument"),
    ("distance of loudness", "fit", "T: energy distance of loudness"),
    ("partner found, %", "alignment", "T: partner found"),
    ("lines in their places", "alignment", "T: lines in their places"),
    ("all lines too high, bands", "alignment", "T: all lines too high, bands"),
    ("dB from the right answer", "alignment", "T: dB from the right answer"),
    ("dB changed", "effort", "T: dB changed"),
    ("cycle, dB", "other", "cycle, dB"),
)
#: The rows of the players, by the names of the sounds' files.
THERE = {
    "x": "the piano, x",
    "game": "game alone",
    "cycle-0": "CycleGAN, first start",
    "cycle-1": "CycleGAN, second start",
    "cycle-2": "CycleGAN, third start",
    "identity": "CycleGAN + identity",
    "cut": "CUT",
    "y": "the violin, right y",
}


def sound_pages(book: Path, results: list[Result]) -> dict[str, str]:
    """The page's table and players by file name; where something is missing, what makes it."""
    result = next((each for each in results if each["name"] == EXPERIMENT), None)
    return {
        "timbre_scores.md": f"Not measured yet; `udt reproduce {EXPERIMENT}` does it.\n"
        if result is None
        else "\n".join([*score_table(result, COLUMNS, by_start=BY_START), ""]),
        "timbre_players.md": players(book / "_static" / "sounds"),
    }


def players(folder: Path) -> str:
    """A grid of players: a row for every system, a column for every phrase."""
    phrases = sorted({path.name.split("-")[0] for path in folder.glob("*-x.mp3")})
    if not phrases:
        return "The sounds are not in this copy; `tools/make_sounds.py` makes them.\n"
    rows = []
    for name, words in THERE.items():
        cells = "".join(
            f'<td><audio controls preload="none" aria-label="Phrase {k}: {escape(words)}" '
            f'src="../_static/sounds/{phrase}-{name}.mp3"></audio></td>'
            for k, phrase in enumerate(phrases, start=1)
        )
        rows.append(f'<tr><th scope="row">{escape(words)}</th>{cells}</tr>')
    heads = "".join(f'<th scope="col">phrase {k}</th>' for k in range(1, len(phrases) + 1))
    table_lines = "\n".join(rows)
    return (
        "```{raw} html\n"
        f'<div class="udt-sounds" tabindex="0" role="region" aria-label="Sounds"><table>\n'
        f"<thead><tr><td></td>{heads}</tr></thead>\n<tbody>\n{table_lines}\n</tbody></table></div>\n```\n"
    )
