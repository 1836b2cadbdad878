"""The page of photographs: its table, and that every picture made of them says whose they are."""

import json
import re
from pathlib import Path

from photograph_pages import COLUMNS, EXPERIMENT, GAMES, TURN_COLUMNS, TURNTABLES, photograph_pages

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
STORED = json.loads((BOOK / "results" / f"{EXPERIMENT}.json").read_text(encoding="utf-8"))


def test_without_results_the_page_says_what_makes_them() -> None:
    text = photograph_pages([])["fruit_scores.md"]
    assert f"udt reproduce {EXPERIMENT}" in text
    assert "UDT_DATA_DIR" in text


def test_every_column_of_the_table_is_measured() -> None:
    header, _, *lines = photograph_pages([STORED])["fruit_scores.md"].splitlines()
    assert header.count("|") == len(COLUMNS) + 2
    trained = [line for line in lines if not line.startswith(("| x itself", "| other tomatoes"))]
    assert len(trained) == 4
    assert all("—" not in line for line in trained)


def test_every_picture_of_photographs_names_their_author_and_licence() -> None:
    shown = [picture for picture in STORED["pictures"] if "curves" not in picture["file"]]
    assert len(shown) == 2
    for picture in shown:
        assert "Mihai Oltean, CC BY-SA 4.0" in picture["caption"]
    pages = [
        path for path in BOOK.glob("*.md") if f"results/{EXPERIMENT}" in path.read_text(encoding="utf-8")
    ]
    assert pages
    for path in pages:
        figures = re.findall(r":::\{figure\} results/fruit-.*?\n:::", path.read_text(encoding="utf-8"), re.S)
        assert figures
        assert all("Mihai Oltean, [CC BY-SA 4.0](" in figure for figure in figures)
    assert "Fruits-360 by Mihai Oltean" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_page_tells_what_is_stored() -> None:
    """Its words on fit, starts, outlines and minutes are those of the stored table."""
    found = {(row["system"], row["metric"]): row["values"] for row in STORED["rows"]}
    near, outline = "energy distance of thumbnails", "silhouette kept, IoU"
    assert [round(found[name, near][0], 2) for name in ("x itself", "other tomatoes")] == [1.28, 0.87]
    first, *others = found["DistanceGAN + cycle", near]
    assert first > 1.28
    assert max(others) < min(min(found[name, near]) for name in ("UNIT", "CUT"))
    trained = ("CycleGAN + identity", "UNIT", "DistanceGAN + cycle", "CUT")
    assert min(value for name in trained for value in found[name, outline]) > 0.93
    minutes = [run["seconds"] / 60 for run in STORED["runs"] if run["system"] in trained]
    assert (round(min(minutes)), round(max(minutes))) == (5, 9)


def test_the_page_tells_what_the_turntables_measured() -> None:
    """Its angles and shares are those of the two stored tables."""
    page = (BOOK / "photographs.md").read_text(encoding="utf-8")
    turns, games = (
        {
            (row["system"], row["metric"]): row["values"]
            for row in json.loads((BOOK / "results" / f"{name}.json").read_text(encoding="utf-8"))["rows"]
        }
        for name in (TURNTABLES, GAMES)
    )
    left, halves, share = (column[2] for column in TURN_COLUMNS[:3])

    def mean(table: dict, system: str, metric: str) -> float:
        return sum(table[system, metric]) / len(table[system, metric])

    kinds = ("apple", "tomato")
    plan = [f"{kind}: plan of least energy" for kind in kinds]
    assert [round(mean(turns, name, left)) for name in plan] == [42, 51]
    assert [round(mean(turns, name, halves)) for name in plan] == [25, 29]
    assert [round(100 / mean(turns, name, share)) for name in plan] == [6, 14]
    few = [f"{kind}: the same, the tenth of pairs with the least energy" for kind in kinds]
    assert [round(mean(turns, name, share) / 10) for name in few] == [3, 5]
    assert all(max(turns[f"{kind}: nearest thumbnail", share]) == 0 for kind in kinds)
    for system, words in (
        ("CycleGAN", "40 to 74 degrees"),
        ("Distance", "39 to 54"),
        ("Distance + cycle", "a cycle 40 to 53"),
    ):
        values = games[system, left]
        assert f"{round(min(values))} to {round(max(values))}" in words
        assert words in page
    assert (
        round(mean(games, "CycleGAN", halves))
        == 15
        == round(mean(games, "plan between the photographs", left))
    )


def test_every_picture_of_turned_fruit_names_its_author_and_licence() -> None:
    page = (BOOK / "photographs.md").read_text(encoding="utf-8")
    figures = re.findall(r":::\{figure\} results/(?:gw|distance)-turntables-(?!angles).*?\n:::", page, re.S)
    assert len(figures) == 2
    assert all("Mihai Oltean, [CC BY-SA 4.0](" in figure for figure in figures)
    for name in (TURNTABLES, GAMES):
        stored = json.loads((BOOK / "results" / f"{name}.json").read_text(encoding="utf-8"))
        shown = [each for each in stored["pictures"] if "angles" not in each["file"]]
        assert shown
        assert all("Mihai Oltean, CC BY-SA 4.0" in each["caption"] for each in shown)
