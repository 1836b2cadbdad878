"""The tables that tools/book_pages.py makes of result files."""

import re

from tools.book_pages import measured_table, table


def columns(line: str) -> int:
    """Cells of a line: bars that are not escaped, less one."""
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def test_a_bar_within_a_cell_is_no_border_in_the_header_either():
    lines = table(["System", "mean |T(x) − y|"], [["|z| = 2", "0.5"]])
    assert [columns(line) for line in lines] == [2, 2, 2]


def test_measures_with_bars_make_a_whole_table():
    rows = [
        {"system": "one", "metric": metric, "mean": 1.0, "std": None, "paper": None}
        for metric in ("mean |T(x) − x|", "fit")
    ]
    assert {columns(line) for line in measured_table(rows)} == {3}
