"""A report keeps fit, alignment and effort apart, and shows itself as an accessible table."""

import dataclasses
import re
from html.parser import HTMLParser

import pytest
import torch

from udtlib.evaluate.report import Provenance, Report, ReportRow

ROWS = (
    ReportRow(system="rotation <90°>", fit={"W₂": [0.1, 0.2]}, alignment={"kept": 0.25}, effort={"cost": 3}),
    ReportRow(system="monotone", fit={"W₂": 0.15, "energy": None}, effort={"cost": torch.tensor(1.0)}),
)


class Table(HTMLParser):
    """Collects the cells, their scopes, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.cells, self.scopes = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes) -> None:
        self.open.append(tag)
        if tag == "th":
            self.scopes.append(dict(attributes)["scope"])
        if tag in ("th", "td"):
            self.cells.append("")

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if set(self.open) & {"th", "td"}:
            self.cells[-1] += data


def test_three_groups_stay_apart_and_missing_values_are_dashes() -> None:
    html = Report(title="Maps", rows=ROWS)._repr_html_()
    table = Table(html)
    assert not table.open
    assert table.scopes == ["col", *["colgroup"] * 3, *["col"] * 4, "row", "row"]
    assert table.cells[4:8] == ["W₂", "energy", "kept", "cost"]
    assert table.cells[8:13] == ["rotation <90°>", "0.15 ± 0.07", "—", "0.250", "3"]
    assert table.cells[13:] == ["monotone", "0.150", "—", "—", "1"]
    assert [cell.split(" ")[0] for cell in table.cells[1:4]] == ["Fit", "Alignment", "Effort"]


def test_many_measures_of_few_systems_stand_below_each_other() -> None:
    scores = {f"measure {k}": [0.1 * k, 0.2 * k] for k in range(1, 9)}
    rows = [ReportRow(system=name, fit=scores, effort={"cost": 3}) for name in ("one", "two")]
    table = Table(Report(title="Maps", rows=rows)._repr_html_())
    assert not table.open
    assert table.scopes == ["col"] * 3 + ["rowgroup"] + ["row"] * 8 + ["rowgroup", "row"]
    assert table.cells[:3] == ["measure", "one", "two"]
    assert table.cells[3].startswith("Fit · ")
    assert table.cells[4:7] == ["measure 1", "0.15 ± 0.07", "0.15 ± 0.07"]
    assert table.cells[-4:] == ["Effort · at what cost?", "cost", "3", "3"]


def test_a_table_that_is_too_wide_both_ways_stands_in_bands() -> None:
    scores = {f"measure {k}": [0.1 * k, 0.2 * k] for k in range(1, 9)}
    rows = [ReportRow(system=f"system {k}", fit=scores) for k in range(9)]
    html = Report(title="Maps", rows=rows)._repr_html_()
    assert html.count("<table") == html.count("<thead") == 2
    assert html.count("<caption") == 1
    cells = Table(html).cells
    assert cells.count("0.15 ± 0.07") == 9
    assert cells.count("system 0") == 2


def test_measured_numbers_stand_between_the_marks() -> None:
    report = Report(title="Maps", rows=ROWS)
    assert re.fullmatch(r"<!--measured-->[\s\S]*<!--/measured-->", report._repr_html_())
    assert repr(report) == "<report: Maps>"


def test_a_question_without_numbers_has_no_columns() -> None:
    html = Report(title="Maps", rows=[ReportRow(system="a", fit={"W₂": 1.0})])._repr_html_()
    assert "Alignment" not in html


def test_a_number_answers_one_question() -> None:
    with pytest.raises(ValueError, match="'cost' is under fit and effort"):
        ReportRow(system="a", fit={"cost": 1}, effort={"cost": 1})
    rows = [ReportRow(system="a", fit={"cost": 1}), ReportRow(system="b", effort={"cost": 1})]
    with pytest.raises(ValueError, match="'cost' under fit and effort"):
        Report(title="Maps", rows=rows)


def test_empty_and_double_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="measures nothing"):
        ReportRow(system="a")
    with pytest.raises(ValueError, match="'W₂' has no values"):
        ReportRow(system="a", fit={"W₂": []})
    with pytest.raises(ValueError, match="no rows"):
        Report(title="Maps", rows=[])
    with pytest.raises(ValueError, match="twice"):
        Report(title="Maps", rows=[ROWS[0], ROWS[0]])


def test_a_report_does_not_change() -> None:
    numbers = {"W₂": 1.0}
    row = ReportRow(system="a", fit=numbers)
    numbers["W₂"] = 2.0
    assert row.fit["W₂"] == (1.0,)
    with pytest.raises(TypeError):
        row.fit["W₂"] = (3.0,)
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.system = "b"


def test_provenance_says_where_numbers_come_from() -> None:
    provenance = Provenance(
        configuration={"steps": 600}, seeds=[0, 1], versions={"torch": "2.5"}, device="cpu", date="2026-01-02"
    )
    assert str(provenance) == "steps 600 · seeds 0, 1 · cpu · torch 2.5 · 2026-01-02"
    assert str(provenance) in Report(title="Maps", rows=ROWS, provenance=provenance)._repr_html_()
    here = Provenance.here(seeds=[3])
    assert here.versions["torch"] == torch.__version__ or here.versions["torch"] in torch.__version__
    assert "seed 3" in str(here)
