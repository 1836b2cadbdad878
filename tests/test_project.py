"""The files around the code agree with one another: versions, addresses, stored outputs."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Jupyter Book 2 needs the network to build, and newer themes break the header of version 1.
CAPPED = {"jupyter-book": "<2", "sphinx-book-theme": "==1.1.4", "pydata-sphinx-theme": "==0.15.4"}

every_chapter = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def repository_url() -> str:
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [
        cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind
    ]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def requirements() -> list[str]:
    return PROJECT["dependencies"] + PROJECT["optional-dependencies"]["book"]


def name_of(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement)[0].lower()


def test_conda_environment_agrees_with_pyproject() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [item for item in environment["dependencies"] if isinstance(item, str)]
    (pip,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    assert sorted(pip) == sorted(["-c constraints.txt", "-e .", *requirements()])
    (python,) = [item for item in conda if item.startswith("python>")]
    assert PROJECT["requires-python"] in python


def test_only_documented_upper_bounds() -> None:
    extras = PROJECT["optional-dependencies"].values()
    for requirement in [*PROJECT["dependencies"], *(item for extra in extras for item in extra)]:
        capped = CAPPED.get(name_of(requirement))
        if capped is None:
            assert not re.search(r"<|==|~=", requirement), (
                f"{requirement}: lower bounds only; pin in constraints.txt"
            )
        else:
            assert capped in requirement


def test_constraints_are_exact() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^=]+", line) for line in lines)
    assert "torch==2.13.0" in lines
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    wanted = [
        *requirements(),
        *PROJECT["optional-dependencies"]["dev"],
        *PROJECT["optional-dependencies"]["classroom"],
    ]
    missing = {name_of(item).replace("_", "-") for item in wanted} - pinned - {"udtlib"}
    assert not missing


@pytest.mark.parametrize("name", ["README.md", "pyproject.toml"])
def test_repository_address_is_the_configured_one(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert set(re.findall(r"https://github\.com/[\w.-]+/[\w-]+", text)) == {repository_url()}


def test_configuration_names_the_repository_once() -> None:
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert text.count(repository_url()) == 1


@every_chapter
def test_chapter_installs_from_the_repository(path: Path) -> None:
    first = source(cells(path, "code")[0])
    assert "udtlib" in first
    addresses = set(re.findall(r"https://github\.com/[\w.-]+/[\w-]+", first))
    assert addresses == {repository_url()}, "the first code cell must install the course where it is missing"


@every_chapter
def test_chapter_has_stored_outputs(path: Path) -> None:
    executed = [cell for cell in cells(path, "code") if source(cell).strip()]
    assert all(cell["execution_count"] is not None for cell in executed), (
        f"run make run CHAPTER={path.stem[:2]}"
    )
    assert any(cell["outputs"] for cell in executed)


@every_chapter
def test_chapter_shows_no_error_and_no_warning(path: Path) -> None:
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            assert output["output_type"] != "error", source(cell)
            assert output.get("name") != "stderr", (
                f"{source(cell)[:60]!r} writes {''.join(output['text'])[:200]!r}"
            )


@every_chapter
def test_chapter_gives_no_machine_away(path: Path) -> None:
    """A stored output must not hold a folder of the machine that made it."""
    text = path.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert str(Path.home()) + "/" not in text


@every_chapter
def test_chapter_cells_have_ids_and_pictures_have_descriptions(path: Path) -> None:
    book = json.loads(path.read_text(encoding="utf-8"))
    ids = [cell.get("id") for cell in book["cells"]]
    assert None not in ids
    assert len(set(ids)) == len(ids)
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            html = "".join(output.get("data", {}).get("text/html", ""))
            assert all("alt=" in tag for tag in re.findall(r"<img\b[^>]*>", html))
            assert not any(kind.startswith("image/") for kind in output.get("data", {})), (
                "use the library's figures"
            )


@every_chapter
def test_chapter_has_been_measured(path: Path) -> None:
    health = ROOT / "book" / "results" / "health" / f"{path.stem}.json"
    assert health.exists(), f"run make run CHAPTER={path.stem[:2]}"
    record = json.loads(health.read_text(encoding="utf-8"))
    assert record["chapter"] == path.stem
    assert set(record) >= {"profile", "seconds", "peak_memory_mib", "versions", "device", "date"}
    # On a busy machine a chapter waits for others; what it computes is what a quiet one takes.
    seconds = min(record["seconds"], record.get("processor_seconds", record["seconds"]))
    assert seconds <= 90 or record["profile"] != "quick"
