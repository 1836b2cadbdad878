"""What tools/run_chapter.py stores, and what it leaves out."""

import nbformat

from tools.run_chapter import SLOWEST, Taken, drop_live_outputs, execute, slowest_cells


def code_cell(source: str, *tags: str) -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("execute_result", {"text/plain": "1"}, execution_count=3)
    metadata = {"tags": list(tags)} if tags else {}
    return nbformat.v4.new_code_cell(source, execution_count=3, outputs=[output], metadata=metadata)


def test_live_cells_keep_their_count_and_lose_their_outputs() -> None:
    cells = [
        code_cell("plain"),
        code_cell("widget", "live", "nbval-ignore-output"),
        code_cell("hidden", "hide-input"),
        nbformat.v4.new_markdown_cell("words", metadata={"tags": ["live"]}),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    drop_live_outputs(notebook)
    assert [len(cell["outputs"]) for cell in notebook.cells[:3]] == [1, 0, 1]
    assert notebook.cells[1]["execution_count"] == 3
    nbformat.validate(notebook)


def test_the_slowest_cells_are_named_by_what_they_do() -> None:
    sources = ["import torch\n# why\nfit(game)", "# words", *["quick()"] * SLOWEST]
    each = [Taken(45.0, 30.0), Taken(10.0, 10.0), *[Taken(20.0 / SLOWEST, 10.0 / SLOWEST)] * SLOWEST]
    lines = slowest_cells(sources, each)
    assert len(lines) == SLOWEST + 1
    assert lines[0].split() == ["30.0", "s", "45.0", "s", "60%", "cell", "0:", "fit(game)"]
    assert lines[1].endswith("cell 1: # words")
    # two of the quick ones are not named
    assert lines[-1].split() == [
        *(f"{2 * 10 / SLOWEST:.1f}", "s", f"{2 * 20 / SLOWEST:.1f}", "s"),
        *("all", "others"),
    ]


def test_every_cell_is_named_on_demand() -> None:
    sources = ["first()", "second()", *["quick()"] * SLOWEST]
    each = [Taken(1.0, float(k)) for k in range(len(sources))]
    lines = slowest_cells(sources, each, most=len(sources))
    assert [line.split("cell ")[1].split(":")[0] for line in lines[:-1]] == [
        str(k) for k in reversed(range(len(sources)))
    ]
    assert lines[-1].split() == ["0.0", "s", "0.0", "s", "all", "others"]


def test_a_kernel_that_waits_computes_nothing() -> None:
    """Seconds that a cell sleeps are waited, and no processor's."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import time\ntime.sleep(1)"),
            nbformat.v4.new_code_cell(
                "end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
            ),
        ]
    )
    record, (waits, computes) = execute(notebook)
    assert waits.wall >= 1 > waits.processor
    assert 0.4 <= computes.processor <= 1
    assert 0 < record["processor_seconds"] <= record["seconds"] + 1
    assert len(notebook.cells) == 2
