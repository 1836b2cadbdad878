"""The table and the players of the page "Beyond images"."""

import json
import re
from pathlib import Path

from score_tables import score_table
from sound_pages import BY_START, COLUMNS, EXPERIMENT, THERE, players, sound_pages

BOOK = Path(__file__).resolve().parent.parent / "book"


def measured(system: str, question: str, metric: str, values: list[float]) -> dict:
    mean = sum(values) / len(values)
    return {
        "system": system,
        "question": question,
        "metric": metric,
        "values": values,
        "mean": mean,
        "std": 1.0,
    }


def test_what_a_start_decides_is_shown_start_by_start() -> None:
    rows = [
        measured("A", "alignment", "T: all lines too high, bands", [1.0, 0.0, -2.0]),
        measured("A", "fit", "T: taken for the instrument", [1.0, 1.0, 1.0]),
        measured("A", "other", "cycle, dB", [10.0, 12.0, 11.0]),
    ]
    line = score_table({"name": EXPERIMENT, "rows": rows}, COLUMNS, by_start=BY_START)[-1]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == ["A", "1", "—", "—", "—", "1, 0, \u22122", "—", "—", cells[-1]]
    assert cells[-1].startswith("11")


def test_without_results_and_sounds_the_page_says_what_makes_them(tmp_path: Path) -> None:
    pages = sound_pages(tmp_path, [])
    assert f"udt reproduce {EXPERIMENT}" in pages["timbre_scores.md"]
    assert "tools/make_sounds.py" in pages["timbre_players.md"]


def test_every_player_has_its_sound_and_every_sound_its_player() -> None:
    folder = BOOK / "_static" / "sounds"
    played = re.findall(r'src="\.\./_static/sounds/([^"]+)"', players(folder))
    assert sorted(played) == sorted(path.name for path in folder.glob("*.mp3"))
    assert len(played) == 3 * len(THERE)


def test_the_page_tells_what_is_stored() -> None:
    """Its words on starts and keys are those of the stored table."""
    stored = json.loads((BOOK / "results" / f"{EXPERIMENT}.json").read_text(encoding="utf-8"))
    values = {(row["system"], row["metric"]): row["values"] for row in stored["rows"]}
    assert values["CycleGAN", "T: all lines too high, bands"] == [1, 0, -2]
    assert values["game alone", "T: all lines too high, bands"] == [0, 0, -3]
    for system in ("CycleGAN + identity", "CUT"):
        assert values[system, "T: partner found"] == [100] * 3
    assert all(
        values[system, "T: taken for the instrument"] == [1] * 3 for system in ("CycleGAN", "game alone")
    )
