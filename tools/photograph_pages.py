"""What the page "Photographs" includes: its tables, from stored results."""

from __future__ import annotations

from collections.abc import Sequence

from bias_pages import Result
from score_tables import Column, score_table

EXPERIMENT, TURNTABLES, GAMES = "fruit-unpaired", "gw-turntables", "distance-turntables"
COLUMNS = (
    ("to tomatoes", "fit", "energy distance of thumbnails"),
    ("to apples", "fit", "S: energy distance of thumbnails"),
    ("outline kept", "alignment", "silhouette kept, IoU"),
    ("changed", "effort", "mean |T(x) − x|"),
    ("round trip", "other", "mean |S(T(x)) − x|"),
)
#: What differs so much between starts that no run has the mean of it.
BY_START = ("energy distance of thumbnails", "S: energy distance of thumbnails")
ANGLES = (
    ("angle left, degrees", "alignment", "angle left, degrees"),
    ("half turns forgiven", "alignment", "angle left, half turns forgiven"),
)
TURN_COLUMNS = (
    *ANGLES,
    ("within 15°, % of the pairs", "alignment", "pairs within 15°, %"),
    ("energy", "other", "energy"),
)
GAME_COLUMNS = (
    ("from the nearest photograph", "fit", "mean difference from the nearest photograph"),
    ("photographs reached, %", "fit", "photographs that are nearest to any, %"),
    *ANGLES,
)


def photograph_pages(results: list[Result]) -> dict[str, str]:
    """The page's tables; where one was not measured, what makes it."""
    return {
        "fruit_scores.md": page_of(results, EXPERIMENT, COLUMNS, by_start=BY_START),
        "turntable_scores.md": page_of(results, TURNTABLES, TURN_COLUMNS),
        "turntable_games.md": page_of(results, GAMES, GAME_COLUMNS),
    }


def page_of(
    results: Sequence[Result], name: str, columns: Sequence[Column], *, by_start: Sequence[str] = ()
) -> str:
    """One of the tables."""
    result = next((each for each in results if each["name"] == name), None)
    if result is None:
        return f"Not measured yet; `udt reproduce {name}` does it, with `UDT_DATA_DIR` set.\n"
    return "\n".join(score_table(result, columns, by_start=by_start)) + "\n"
