"""The page on how cost grows: made of the file that the benchmark wrote, with a picture for each question."""

import json
from pathlib import Path

from book_pages import growth_page

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "book" / "results" / "growth"


def test_every_picture_is_shown_with_its_words() -> None:
    result = json.loads((FOLDER / "cost-growth.json").read_text(encoding="utf-8"))
    page = growth_page(FOLDER)
    assert len(result["pictures"]) == 5
    for picture in result["pictures"]:
        assert (FOLDER / picture["file"]).exists()
        assert (
            f":::{{figure}} results/growth/{picture['file']}\n:alt: {picture['alt']}\n{picture['caption']}"
            in page
        )
    assert result["provenance"]["date"] in page


def test_without_a_file_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    assert "benchmarks/cost_growth.py" in growth_page(tmp_path)
