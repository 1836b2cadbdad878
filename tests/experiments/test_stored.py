"""What the book reports is what is declared: the same title, source, systems and paper's values."""

from pathlib import Path

import pytest

from udtlib.evaluate.stored import read_report
from udtlib.experiments.catalogue import entries, find

RESULTS = Path(__file__).parents[2] / "book" / "results"
STORED = sorted(name for name in entries() if (RESULTS / f"{name}.json").is_file())


def test_there_are_results():
    assert STORED


@pytest.mark.parametrize("name", STORED)
def test_a_stored_result_is_of_what_is_declared(name):
    report, experiment = read_report(RESULTS / f"{name}.json"), find(name)
    assert (report.title, report.source) == (experiment.title, experiment.source)
    if experiment.systems:
        assert [row.system for row in report.rows] == [*experiment.systems, *experiment.references]
    stored = {(row.system, measure): value for row in report.rows for measure, value in row.paper.items()}
    assert stored == {key: value for key, value in experiment.paper.items() if value is not None}
    assert {path.stem for path in RESULTS.glob(f"{name}-*.webp")} >= {
        f"{name}-{word}" for word in experiment.pictures
    }


def test_a_path_may_be_a_text():
    assert read_report(str(RESULTS / f"{STORED[0]}.json")) == read_report(RESULTS / f"{STORED[0]}.json")
