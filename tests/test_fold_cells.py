"""Folding: what a reader need not see goes into cells of its own, with the outputs it printed."""

from __future__ import annotations

from typing import Any

import pytest

from tools.fold_cells import fold, parts_of

IMPORTS = "import math\nfrom udtlib.show import (\n    image_grid,\n    panels,\n)"
PICTURE = 'image_grid(\n    y,\n    alt="Digits.",\n    caption="Ten digits.",\n)'
DRAWING = {"image_grid", "panels"}


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("x = 1", [("x = 1", False)]),
        (IMPORTS, [(IMPORTS, True)]),
        (PICTURE, [(PICTURE, True)]),
        (f"{IMPORTS}\n\n{PICTURE}", [(f"{IMPORTS}\n\n{PICTURE}", True)]),
        # a short import says where a name comes from
        ("import math\n\nx = math.pi", [("import math\n\nx = math.pi", False)]),
        (f"{IMPORTS}\n\n# a circle\nx = 1", [(IMPORTS, True), ("# a circle\nx = 1", False)]),
        (f"y = T(x)\n# and back\n{PICTURE}", [("y = T(x)", False), (f"# and back\n{PICTURE}", True)]),
        (
            "y = T(x)\nwith panels(1) as board:\n    board[0].plot(y)\nboard.picture(alt='', caption='')",
            [
                ("y = T(x)", False),
                ("with panels(1) as board:\n    board[0].plot(y)\nboard.picture(alt='', caption='')", True),
            ],
        ),
        # drawing between steps is part of what is taught, and so is a picture without words
        (
            f"def look(x):\n    return panels(x)\n\n\nfit(look)\n{PICTURE}",
            [("def look(x):\n    return panels(x)\n\n\nfit(look)", False), (PICTURE, True)],
        ),
        ("y = T(x)\nimage_grid(y)", [("y = T(x)\nimage_grid(y)", False)]),
    ],
)
def test_parts_of_a_cell(source: str, parts: list[tuple[str, bool]]) -> None:
    assert parts_of(source, DRAWING) == parts


def code(source: str, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "id": "a",
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": list(outputs),
        "source": source.splitlines(keepends=True),
    }


def test_outputs_go_with_what_printed_them_and_cells_count_from_one() -> None:
    line = {"output_type": "stream", "name": "stdout", "text": ["✓\n"]}
    result = {"output_type": "execute_result", "execution_count": 1, "data": {}, "metadata": {}}
    cell = code(f"{IMPORTS}\n\ny = T(x)\n{PICTURE}", line, result, tags=("live",))
    imports, teaching, picture = fold({"cells": [cell], "nbformat": 4})["cells"]
    assert [part["id"] for part in (imports, teaching, picture)] == ["a-imports", "a", "a-picture"]
    assert [part["outputs"] for part in (imports, teaching)] == [[], [line]]
    assert picture["outputs"] == [{**result, "execution_count": 3}]
    assert [part["execution_count"] for part in (imports, teaching, picture)] == [1, 2, 3]
    assert picture["metadata"]["tags"] == ["live", "hide-input"]
    assert teaching["metadata"]["tags"] == ["live"]


def test_folding_twice_changes_nothing() -> None:
    book = {"cells": [code(f"{IMPORTS}\n\ny = T(x)\n{PICTURE}"), code(PICTURE, tags=("hide-input",))]}
    assert fold(fold(book)) == fold(book)


def test_code_and_its_order_stay() -> None:
    source = f"{IMPORTS}\n\n# one\ny = T(x)\n\n# two\n{PICTURE}"
    parts = fold({"cells": [code(source)]})["cells"]
    assert [line for part in parts for line in "".join(part["source"]).splitlines() if line] == [
        line for line in source.splitlines() if line
    ]
