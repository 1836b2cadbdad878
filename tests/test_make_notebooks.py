"""The notebooks for running: the chapters' code as it is, and no markup that only the site reads."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from make_notebooks import SOURCE, Known, Writer, whole_formulas, write_notebooks

KNOWN = Known(
    {"eq-here": ("04_cyclegan", 2), "eq-there": ("07_optimal_transport", 5)},
    {"sec": "05_shared_latents"},
    {"ex-a": (3, "A cycle by hand")},
    {"zhu2017cycle": ("Zhu et al.", "2017"), "kim2017": ("Kim et al.", "2017")},
    "https://site/",
)
CHAPTERS = sorted(path.name for path in SOURCE.glob("[0-9]*.ipynb"))


def written(text: str) -> str:
    return "\n".join(Writer("04_cyclegan", KNOWN).text(text.split("\n"))).strip()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    write_notebooks(folder)
    return folder


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_its_code_and_no_markup_of_the_site(made: Path, name: str) -> None:
    before = json.loads((SOURCE / name).read_text(encoding="utf-8"))["cells"]
    after = json.loads((made / name).read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in after] == [cell["id"] for cell in before]
    for old, new in zip(before, after, strict=True):
        if old["cell_type"] == "code":
            assert (new["source"], new["metadata"]) == (old["source"], old["metadata"])
            assert new["outputs"] == []
            continue
        text = re.sub(r"\(data:[^)]*\)", "", "".join(new["source"]))
        for markup in (r":::", r"```\{", r"\{(eq|cite|cite:t|doc|ref|term)\}`"):
            assert not re.search(markup, text), text[:200]
        assert not re.search(r"^\([\w-]+\)=|^:(class|label|alt|name):", text, re.MULTILINE), text[:200]
        assert text.count("<details>") == text.count("</details>")


def test_a_box_is_a_quotation_and_a_solution_folds() -> None:
    assert written(":::{admonition} Careful\n:class: warning\nOne.\n\nTwo.\n:::") == (
        "> **Careful**\n>\n> One.\n>\n> Two."
    )
    text = written(":::{solution} ex-a\n:class: dropdown\nIt is $1.5$.\n:::")
    assert text.startswith(
        "<details>\n<summary><b>Solution of exercise 3: A cycle by hand</b></summary>\n\nIt is"
    )


def test_formulas_carry_their_numbers_and_are_named_by_them() -> None:
    assert written("```{math}\n:label: eq-here\nx = y\n```") == "$$\nx = y\n\\tag{2}\n$$"
    assert written("In {eq}`eq-here`, {eq}`eq-there`.") == (
        "In (2), (5) of [chapter 07](07_optimal_transport.ipynb)."
    )
    assert whole_formulas(["a $x", "= y$ b", "$$", "z", "$$", "end"]) == ["a $x = y$ b", "$$ z $$", "end"]


def test_sources_and_links_lead_outside_the_site() -> None:
    assert written("{cite}`zhu2017cycle,kim2017`") == "[Zhu et al., 2017; Kim et al., 2017]"
    assert written("{cite:t}`kim2017` says") == "Kim et al. (2017) says"
    assert written("[r](../book/results.md), [c](05_x.ipynb), [s](sec)") == (
        "[r](https://site/book/results.html), [c](05_x.ipynb), [s](05_shared_latents.ipynb#sec)"
    )


def test_unknown_markup_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"no plain form of \{margin\}"):
        written(":::{margin}\nx\n:::")
