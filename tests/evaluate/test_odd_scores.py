"""Odd values in scores, reports and claims: the right table or line, or one clear sentence."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.evaluate.claims import check
from udtlib.evaluate.report import Report, ReportRow
from udtlib.evaluate.scores import Scores

pytestmark = pytest.mark.usefixtures("as_a_user")

ROW = ReportRow(system="a", fit={"x": 1.0})
REFUSED = {
    "a truth in scores": (lambda: Scores(fit={"x": True}), "'x' must be one real number, got True"),
    "text in scores": (lambda: Scores(fit={"x": "3"}), "'x' must be one real number, got '3'"),
    "nothing in scores": (lambda: Scores(fit={"x": None}), "'x' must be one real number, got None"),
    "several in scores": (
        lambda: Scores(fit={"x": torch.ones(2)}),
        "'x' must be one real number, got Tensor",
    ),
    "no names in scores": (lambda: Scores(fit=[1.0]), r"fit holds numbers by name, got \[1.0\]; give a dict"),
    "an empty name": (lambda: Scores(fit={" ": 1.0}), "a score's name under fit must say something, got ' '"),
    "a name of no text": (lambda: Scores(other={3: 1.0}), "a score's name under other must be text, got 3"),
    "a truth in a row": (
        lambda: ReportRow(system="a", fit={"x": True}),
        "'x' is a real number, or one for each",
    ),
    "truths in a row": (lambda: ReportRow(system="a", fit={"x": [True, 1]}), "'x' is a real number, or one"),
    "a table in a row": (
        lambda: ReportRow(system="a", fit={"x": torch.ones(2, 2)}),
        "'x' is a real number, or",
    ),
    "a measure without a name": (lambda: ReportRow(system="a", fit={"": 1}), "a name under fit must say"),
    "a system without a name": (
        lambda: ReportRow(system="", fit={"x": 1}),
        "system must say something, got ''",
    ),
    "a system of no text": (lambda: ReportRow(system=None, fit={"x": 1}), "system must be text, got None"),
    "a paper's NaN": (
        lambda: ReportRow(system="a", fit={"x": 1}, paper={"x": math.nan}),
        "the paper's 'x' must",
    ),
    "a paper's text": (
        lambda: ReportRow(system="a", fit={"x": 1}, paper={"x": "1"}),
        "the paper's 'x' must be",
    ),
    "no seeds": (lambda: ReportRow.of("a", {}), "no seed was scored"),
    "a title": (lambda: Report(title=None, rows=[ROW]), "title must be text, got None"),
    "another system": (lambda: Report(title="t", rows=[ROW]).cell("b", "x"), "no system 'b'; it has a"),
    "a claim's name": (lambda: check("", 1.0, at_least=0), "a claim's name must say something, got ''"),
    "a claim of no text": (lambda: check(None, 1.0, at_least=0), "a claim's name must be text, got None"),
    "a truth as a bound": (lambda: check("x", 1.0, at_least=True), "at_least=True bounds no truth value"),
    "nearly true": (
        lambda: check("x", 0.5, equals=True, tolerance=0.6),
        "tolerance=0.6 bounds no truth value",
    ),
    "complex": (lambda: check("x", np.complex64(1 + 2j), at_least=0), "about one real number, got complex64"),
    "several": (lambda: check("x", np.ones(2), at_least=0), "a claim is about one number, got ndarray"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_what_a_table_would_hide_is_said(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


@examples(20)
@given(st.lists(st.floats(width=32), min_size=1, max_size=3), st.text(min_size=1).filter(str.strip))
def test_every_number_and_name_has_a_table(values, name):
    html = Report(title=name, rows=[ReportRow(system=name, fit={name: values})])._repr_html_()
    assert html.count("<table") == html.count("</table>") == 1
    if any(map(math.isnan, values)):
        assert "NaN" in html


def test_a_claim_about_an_array_of_one_number(capsys):
    for value in (np.ones(1), np.ones((1, 1)), np.float32(1), torch.ones(1, 1)):
        check("x", value, equals=1)
    assert capsys.readouterr().out == "✓ x = 1\n" * 4
