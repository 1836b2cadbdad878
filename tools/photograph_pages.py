"""What the page "Photographs" includes: its table, from stored results."""

from __future__ import annotations

from bias_pages import Result
from score_tables import score_table

EXPERIMENT = "fruit-unpaired"
COLUMNS = (
    ("to tomatoes", "fit", "energy distance of thumbnails"),
    ("to apples", "fit", "S: energy distance of thumbnails"),
    ("outline kept", "alignment", "silhouette kept, IoU"),
    ("changed", "effort", "mean |T(x) − x|"),
    ("round trip", "other", "mean |S(T(x)) − x|"),
)
#: What differs so much between starts that no run has the mean of it.
BY_START = ("energy distance of thumbnails", "S: energy distance of thumbnails")


def photograph_pages(results: list[Result]) -> dict[str, str]:
    """The page's table; where it was not measured, what makes it."""
    result = next((each for each in results if each["name"] == EXPERIMENT), None)
    text = (
        f"Not measured yet; `udt reproduce {EXPERIMENT}` does it, with `UDT_DATA_DIR` set."
        if result is None
        else "\n".join(score_table(result, COLUMNS, by_start=BY_START))
    )
    return {"fruit_scores.md": f"{text}\n"}
