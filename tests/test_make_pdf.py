"""The long page of which the PDF is made: whose links lead where, and what it opens."""

from __future__ import annotations

import pytest
from make_pdf import long_page, pages_of_course, part_of, within

PAGES = ["book/index", "notebooks/00_maps", "book/glossary"]
BASE = "https://example.org/course/"


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("#fit", "#00_maps--fit"),
        ("../book/glossary.html#term-fit", "#glossary--term-fit"),
        ("../book/index.html", "#index"),
        ("04_cyclegan.html#eq", "https://example.org/course/notebooks/04_cyclegan.html#eq"),
        ("../_images/a.webp", "_images/a.webp"),
        ("https://arxiv.org/abs/1", "https://arxiv.org/abs/1"),
        ("data:image/png;base64,AA", "data:image/png;base64,AA"),
    ],
)
def test_a_link_leads_within_the_pdf_where_it_can(target: str, leads_to: str) -> None:
    assert within(target, page="notebooks/00_maps", pages=PAGES, base=BASE) == leads_to


def test_a_part_has_names_of_its_own_and_opens_what_is_folded_but_code() -> None:
    html = (
        '<body id="top"><article class="bd-article"><p id="fit"><img src="../_images/a.webp" data-id="x"></p>'
        '<details class="hide above-input"></details><details class="udt-fold"></details></article></body>'
    )
    part = part_of("notebooks/00_maps", html, pages=PAGES, base=BASE)
    assert part.startswith('<section class="udt-printed" id="00_maps"><p id="00_maps--fit">')
    assert '<img src="_images/a.webp" data-id="x">' in part
    assert '<details class="hide above-input"></details><details open class="udt-fold">' in part


def test_a_page_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"00_maps\.html has no article"):
        part_of("notebooks/00_maps", "<body></body>", pages=PAGES, base=BASE)


def test_the_course_is_read_from_the_first_page_to_the_bibliography() -> None:
    pages = pages_of_course()
    assert pages[0] == "book/index"
    assert pages[-1] == "book/bibliography"
    assert (
        pages.index("notebooks/00_maps")
        < pages.index("notebooks/10_hamiltonian")
        < pages.index("book/glossary")
    )
    assert len(pages) == len(set(pages))


def test_the_long_page_has_each_sheet_of_style_once_and_every_part(tmp_path) -> None:
    for page in PAGES:
        path = tmp_path / f"{page}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            '<head><link rel="stylesheet" href="../_static/udt.css"></head>'
            f'<article class="bd-article"><h1>{page}</h1></article>',
            encoding="utf-8",
        )
    text = long_page(tmp_path, PAGES)
    assert text.count('<link rel="stylesheet" href="_static/udt.css">') == 1
    assert [text.index(f"<h1>{page}</h1>") for page in PAGES] == sorted(
        text.index(f"<h1>{p}</h1>") for p in PAGES
    )
