"""What is shown of the course at first sight: citation, README, pages of results, light pages."""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from chapters import CHAPTERS, readme_table
from dot_plots import Axis, dot_plot, dot_plots
from page_weight import is_plot, lighter
from PIL import Image
from results_pages import CLOSING, PAGES, chapter_of, overview, page_name, placed, results_pages

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def test_citation_agrees_with_the_package() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == PROJECT["version"]
    assert cited["license"] == PROJECT["license"]
    assert cited["repository-code"] == PROJECT["urls"]["Homepage"] == CONFIG["repository"]["url"]
    assert cited["keywords"] == PROJECT["keywords"]
    assert cited["authors"] == [{"name": CONFIG["author"]}]


def test_readme_shows_every_chapter_with_its_picture() -> None:
    assert readme_table() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_chapter_has_a_picture_and_stands_in_the_table_of_contents() -> None:
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    for chapter in CHAPTERS:
        assert f"file: {chapter.page}\n" in toc
        with Image.open(ROOT / "book" / chapter.thumb) as image:
            assert image.size == (480, 300)
    told = {path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert told == {chapter.page.split("/")[1] for chapter in CHAPTERS if chapter.number}


def row(system: str, metric: str, *values: float, question: str = "fit", paper: float | None = None) -> dict:
    mean = sum(values) / len(values)
    return {
        "system": system,
        "metric": metric,
        "question": question,
        "values": list(values),
        "seeds": list(range(len(values))),
        "mean": mean,
        "std": 0.1,
        "paper": paper,
    }


def result(name: str, *rows: dict) -> dict:
    made = {"device": "cpu", "seconds": 75, "date": "2026-01-01", "commit": "abc", "versions": {"torch": "2"}}
    return {"name": name, "title": name.title(), "profile": "quick", "rows": list(rows), "provenance": made}


def test_every_seed_is_a_dot_and_the_paper_a_mark() -> None:
    drawn = dot_plot(
        "fit", "error", [row("a", "error", 0.1, 0.2, 0.4, paper=0.3), row("b <c>", "error", 0.5)]
    )
    assert drawn.count("<circle") == 4
    assert drawn.count('class="paper"') == 1
    assert drawn.count('class="mean"') == 1
    assert "b &lt;c&gt;" in drawn


def test_an_axis_is_logarithmic_over_decades_and_starts_at_zero_near_it() -> None:
    wide = Axis([1e-6, 1e-2], left=0, right=100)
    assert wide.log
    assert wide.place(1e-4) == pytest.approx(50)
    near = Axis([0.1, 0.9], left=0, right=100)
    assert (near.log, near.low) == (False, 0.0)
    for values in ([5.0, 5.0], [0.0, 0.0], [-1.0, 9.9], [0.97, 1.0], [1.0, 3.0]):
        assert len(Axis(values, left=0, right=1).ticks()) >= 1


def test_numbers_below_an_axis_do_not_touch_and_none_is_cut() -> None:
    long = [row("a", "m", 0.00621, 0.00652, question="other") for _ in range(2)]
    text = dot_plot("other", "m", long)
    width = float(re.search(r'viewBox="0 0 (\d+)', text)[1])
    numbers = [
        (float(x), 6 * len(number))
        for x, number in re.findall(r'class="tick" x="([\d.]+)"[^>]*>([^<]+)', text)
    ]
    assert len(numbers) >= 2
    assert all(b - b_wide / 2 > a + a_wide / 2 for (a, a_wide), (b, b_wide) in itertools.pairwise(numbers))
    assert numbers[-1][0] + numbers[-1][1] / 2 <= width


def test_a_poster_comes_for_the_light_and_for_the_dark(tmp_path: Path) -> None:
    (tmp_path / "_images").mkdir()
    Image.new("RGB", (30, 20)).save(tmp_path / "_images" / "hands.webp")
    live = '<udt-live figure="hands"><p><img alt="a" src="../_images/hands.webp" /></p></udt-live>'
    page = f'{live}<img alt="b" src="../_images/hands.webp">'
    made = lighter(page, page="notebooks/x.html", site=tmp_path)
    shown = re.findall(r'<img [^>]*?class="([^"]*)"[^>]*src="\.\./_images/([\w-]+)\.webp"', made)
    assert [(name, re.search("only-\\w+", classes)[0]) for classes, name in shown] == [
        ("hands", "only-light"),
        ("hands-dark", "only-dark"),
    ]
    assert (tmp_path / "_images" / "hands-dark.webp").is_file()


def test_measures_that_answer_no_question_are_folded_when_many() -> None:
    rows = [row("a", "fit", 1.0), *(row("a", f"m{k}", 1.0, question="other") for k in range(4))]
    text = "\n".join(dot_plots(rows))
    assert text.index("fit") < text.index("<details")
    assert "4 more measures" in text


def test_results_stand_with_the_chapter_that_tells_of_them() -> None:
    told = {"04_cyclegan": "udt reproduce strange-one", "06_distance": "strange-one again"}
    assert chapter_of("gw-plans", told) == "09b_gromov_wasserstein"
    assert chapter_of("emoji-paired", told) == "02_pix2pix"
    assert chapter_of("emoji-unpaired", told) == "04_cyclegan"
    assert chapter_of("strange-one", told) == "04_cyclegan"
    assert chapter_of("strange", told) == CLOSING


def test_every_result_has_a_place_and_every_page_a_file() -> None:
    folder = ROOT / "book" / "results"
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    results = [found for found in results if "rows" in found]
    pages = placed(results, ROOT / "notebooks")
    assert sum(map(len, pages.values())) == len(results)
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    for chapter in (*PAGES, CLOSING):
        assert (ROOT / "book" / f"{page_name(chapter)}.md").is_file()
        assert f"file: book/{page_name(chapter)}\n" in toc
    listed = overview(pages)
    assert all(f'id="{found["name"]}"' in listed for found in results)


def test_a_page_of_results_has_charts_first_and_says_how_they_were_made(tmp_path: Path) -> None:
    page = results_pages([result("gw-plans", row("a", "error", 0.1, 0.2))], tmp_path)["results_09b.md"]
    call = "udt reproduce gw-plans --seeds 2 --profile quick --out results"
    assert page.index("<svg") < page.index(call) < page.index("{dropdown}")
    for fact in ("quick", "0, 1", "1 min 15 s", "torch 2"):
        assert fact in page


def test_a_stored_picture_becomes_a_file_that_waits(tmp_path: Path) -> None:
    data = io.BytesIO()
    Image.effect_noise((80, 40), 90).convert("RGB").save(data, "WEBP", quality=100)
    text = base64.b64encode(data.getvalue()).decode()
    page = f'<img alt="a" width="40" src="data:image/webp;base64,{text}">'
    made = lighter(page, page="notebooks/x.html", site=tmp_path)
    source = re.search(r'src="\.\./(_images/stored/\w+\.webp)"', made)
    assert source
    assert (tmp_path / source[1]).read_bytes() == data.getvalue()
    assert 'loading="lazy"' in made
    assert 'height="20"' in made


def test_a_player_sleeps_until_the_reader_is_near(tmp_path: Path) -> None:
    made = lighter("<script>(function(){function start(name, facts) {}", page="x.html", site=tmp_path)
    assert made.startswith('<script type="text/plain" class="udt-asleep">')


def test_a_plot_is_told_from_an_image() -> None:
    paper = Image.new("RGB", (100, 100), (251, 250, 247))
    assert is_plot(paper)
    paper.paste((0, 0, 0), (0, 0, 50, 20))
    assert not is_plot(paper)
    assert not is_plot(Image.effect_noise((80, 40), 90).convert("RGB"))
