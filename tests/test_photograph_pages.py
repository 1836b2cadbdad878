"""The page of photographs: its table, and that every picture made of them says whose they are."""

import json
import re
from pathlib import Path

from photograph_pages import COLUMNS, EXPERIMENT, photograph_pages

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
