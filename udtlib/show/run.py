"""A training run in one picture: its losses, and what became of the same test images over time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from udtlib.data.image_search import printable
from udtlib.data.text_files import UnreadableError, read_text
from udtlib.show.curves import draw_curves
from udtlib.show.figure import panels, render
from udtlib.show.images import image_board
from udtlib.show.sheets import read_sheet, sheets_in
from udtlib.show.style import CARD, DENSITY
from udtlib.types import Tensor

#: How many sheets are shown, spread over the run.
MOMENTS = 6
#: Terms whose largest mean is so many times their smallest are drawn on a logarithmic axis.
SPREAD = 20.0
#: Numbers up to this one are drawn; a picture's axes overflow before floating point does.
LARGEST = 1e150

Row = dict[str, float | int]


def run_picture(folder: Path) -> Image.Image:
    """One picture of a run that has ended, was interrupted, or is going on.

    Raises:
        ValueError: the folder does not exist, or holds neither a row of a log nor a sheet of samples.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; expected the folder of a run, such as runs/cyclegan-seed-0")
    rows, sheets = read_log(folder / "log.jsonl"), sheets_in(folder)
    # Where no term was finite there is nothing to draw.
    rows = rows if any(len(row) > 1 for row in rows) else []
    if not rows and not sheets:
        raise ValueError(
            f"{folder} holds neither a row of log.jsonl nor a sheet of samples; wait until the run has logged "
            "for the first time, or give the folder of a run"
        )
    parts = [side_by_side(losses(rows, name=printable(folder.resolve().name)))] if rows else []
    parts += [samples(sheets)] if sheets else []
    return below_each_other(parts)


def read_log(path: Path) -> list[Row]:
    """The rows of a log, but for a last line of which only a part is written; no rows where there is no log.

    Raises:
        ValueError: the log cannot be read, or a line before the last is no row.
    """
    try:
        lines = read_text(path).split("\n") if path.exists() else []
    except UnreadableError as error:
        raise ValueError(f"{path} cannot be read ({error}); expected the log of a run, remove it") from error
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = parsed(line)
        if row is not None:
            rows.append(row)
        elif any(each.strip() for each in lines[number:]):
            raise ValueError(
                f"line {number} of {path} is {line[:60]!r}; expected a row with a step: remove it"
            )
    return rows


def parsed(line: str) -> Row | None:
    """The finite numbers of one line of a log, or None where it is no row."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or not isinstance(row.get("step"), int) or not is_finite(row["step"]):
        return None
    return {name: value for name, value in row.items() if is_finite(value)}


def is_finite(value: object) -> bool:
    """Whether an entry is a number that can be drawn."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # Whole numbers may be larger than any of floating point, of which alone one can ask whether it is finite.
    return abs(value) < LARGEST


def losses(rows: Sequence[Row], *, name: str) -> list[Image.Image]:
    """One panel for each player: its terms, smoothed, with the raw values faintly behind."""
    players = terms_by_player(rows)
    tallest = max((len(terms) for terms in players.values()), default=1)
    last, pictures = max(row["step"] for row in rows), []
    for player, terms in players.items():
        with panels(1, size=(5.4, max(3.0, 0.24 * tallest + 0.8))) as board:
            draw_curves(
                board[0],
                rows,
                terms=terms,
                smoothing=0.05,
                logarithmic=wants_logarithm(rows, terms),
                title=f"{player or 'terms'} · {name}, step {last}" if not pictures else player,
            )
        pictures += render(board)
    return pictures


def terms_by_player(rows: Sequence[Row]) -> dict[str, dict[str, str]]:
    """The logged terms and the words for them, under the players that minimise them."""
    players: dict[str, dict[str, str]] = {}
    for key in dict.fromkeys(key for row in rows for key in row if key != "step"):
        player, _, term = key.rpartition("/")
        players.setdefault(player, {})[key] = term
    return players


def wants_logarithm(rows: Sequence[Row], terms: Mapping[str, str]) -> bool:
    """Whether a player's terms are all positive, and of such different sizes that the small ones would be flat."""
    values = {term: [row[term] for row in rows if term in row] for term in terms}
    if any(min(each) <= 0 for each in values.values()):
        return False
    means = [float(np.mean(each)) for each in values.values()]
    return max(means) > SPREAD * min(means) or max(max(each) / min(each) for each in values.values()) > SPREAD


def samples(sheets: Mapping[int, Path]) -> Image.Image:
    """What became of x and of y at several moments of the run, each below the image that it was made of."""
    moments = spread_out(list(sheets))
    read = {step: read_sheet(sheets[step]) for step in moments}
    latest = read[moments[-1]]
    # An earlier run in the same folder may have left sheets of other images.
    read = {step: rows for step, rows in read.items() if same_images(rows, latest)}
    names = list(latest)
    cut = names.index("y") if "S(y)" in names else len(names)
    return side_by_side([over_time(read, part) for part in (names[:cut], names[cut:]) if part])


def over_time(sheets: Mapping[int, Mapping[str, Tensor]], names: Sequence[str]) -> Image.Image:
    """Some rows of the sheets: translations at every moment, anything else as it is in the end."""
    rows: list[Tensor] = []
    labels: list[str] = []
    last = max(sheets)
    for name in names:
        changes = name in ("T(x)", "S(y)")
        for step in sheets if changes else [last]:
            rows.append(sheets[step][name])
            labels.append(f"{name}, step {step}" if changes else name)
    (picture,) = render(image_board(torch.cat(rows), columns=len(rows[0]), row_labels=labels))
    return picture


def same_images(rows: Mapping[str, Tensor], latest: Mapping[str, Tensor]) -> bool:
    """Whether two sheets show translations of the same images."""
    return list(rows) == list(latest) and all(torch.equal(rows[name], latest[name]) for name in ("x", "y"))


def spread_out(steps: Sequence[int]) -> list[int]:
    """The first and the last moment and some between them, close together where things change fastest: early."""
    if len(steps) <= MOMENTS:
        return list(steps)
    places = (np.linspace(0, 1, MOMENTS) ** 1.5 * (len(steps) - 1)).round().astype(int)
    # Early places fall together where there are few; each is moved up to the next one that is free.
    for k in range(1, MOMENTS):
        places[k] = max(places[k], places[k - 1] + 1)
    return [steps[place] for place in places]


def side_by_side(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures next to each other, on the card."""
    return joined(pictures, down=False)


def below_each_other(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures below each other, on the card."""
    return joined(pictures, down=True)


def joined(pictures: Sequence[Image.Image], *, down: bool) -> Image.Image:
    """Pictures in a column or in a row, with a gap between them."""
    gap = 8 * DENSITY
    along = sum(each.height if down else each.width for each in pictures) + gap * (len(pictures) - 1)
    across = max(each.width if down else each.height for each in pictures)
    sheet, place = Image.new("RGB", (across, along) if down else (along, across), CARD), 0
    for each in pictures:
        sheet.paste(each, (0, place) if down else (place, 0))
        place += (each.height if down else each.width) + gap
    return sheet
