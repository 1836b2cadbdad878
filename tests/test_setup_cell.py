"""The first cell of every chapter, in an environment like Colab's: torch is there, udtlib is not."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CELL = (ROOT / "notebooks" / "_setup_cell.py").read_text(encoding="utf-8")
NOTEBOOKS = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "assignments" / "source").glob("*/*.ipynb")]
GIVEN = ("torch", "numpy", "matplotlib")


def run(*command: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, capture_output=True, text=True, env=os.environ | environment, check=False, timeout=900
    )


def versions(python: str) -> dict[str, str]:
    code = f"import json, importlib.metadata as m; print(json.dumps({{n: m.version(n) for n in {GIVEN}}}))"
    return json.loads(run(python, "-c", code).stdout)


@pytest.fixture(scope="module")
def like_colab(tmp_path_factory) -> str:
    """The interpreter of a fresh environment that holds torch, numpy and matplotlib, and no udtlib."""
    folder = tmp_path_factory.mktemp("colab")
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    done = run(python, "-m", "pip", "install", "-q", "-c", str(ROOT / "constraints.txt"), *GIVEN)
    if done.returncode:
        pytest.skip(f"no package index to make a fresh environment from: {done.stderr.strip()[-200:]}")
    return python


def chapter_imports() -> str:
    """Every import statement of every chapter, as one script."""
    lines = []
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and "setup" not in cell["metadata"].get("tags", []):
                lines += [node for node in import_statements(source)]
    return "\n".join(dict.fromkeys(lines))


def import_statements(source: str) -> list[str]:
    import ast

    tree = ast.parse(source)
    return [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.mark.slow
def test_the_cell_installs_udtlib_and_leaves_torch_and_numpy_alone(like_colab, tmp_path):
    before = versions(like_colab)
    cell = tmp_path / "cell.py"
    cell.write_text(CELL)
    done = run(like_colab, str(cell), UDT_REPOSITORY=ROOT.as_uri())
    assert done.returncode == 0, done.stderr
    assert "installed udtlib" in done.stdout
    after = versions(like_colab)
    assert {name: after[name] for name in ("torch", "numpy")} == {
        name: before[name] for name in ("torch", "numpy")
    }
    imports = run(like_colab, "-c", chapter_imports())
    assert imports.returncode == 0, imports.stderr
    again = run(like_colab, str(cell), UDT_REPOSITORY="file:///nowhere")
    assert (again.returncode, again.stdout) == (0, ""), "where udtlib is installed the cell must do nothing"


def test_the_cell_does_nothing_here():
    done = run(sys.executable, "-c", CELL, UDT_REPOSITORY="file:///nowhere")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_begins_with_the_same_cell(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    first = next(cell for cell in cells if cell["cell_type"] == "code")
    assert "".join(first["source"]).strip() == CELL.strip()
    assert "setup" in first["metadata"]["tags"]
