"""What the page "Photographs" includes: its table, from stored results."""

from __future__ import annotations

from bias_pages import Result
from score_tables import score_table

EXPERIMENT = "fruit-unpaired"
COLUMNS = (
    ("T(x) to tomatoes", "fit", "energy distance of thumbnails"),
    ("S(y) to apples", "fit", "S: energy distance of thumbnails"),
    ("outline kept by T", "alignment", "silhouette kept, IoU"),
    ("outline kept by S", "alignment", "S: silhouette kept, IoU"),
    ("changed by T", "effort", "mean |T(x) − x|"),
    ("round trip", "other", "mean |S(T(x)) − x|"),
)


def photograph_pages(results: list[Result]) -> dict[str, str]:
    """The page's table; where it was not measured, what makes it."""
    result = next((each for each in results if each["name"] == EXPERIMENT), None)
    text = (
        f"Not measured yet; `udt reproduce {EXPERIMENT}` does it, with `UDT_DATA_DIR` set."
        if result is None
        else "\n".join(score_table(result, COLUMNS))
    )
    return {"fruit_scores.md": f"{text}\n"}
