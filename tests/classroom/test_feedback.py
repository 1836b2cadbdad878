"""A student's page says what failed, shows no test and runs nothing in anybody's browser."""

from html.parser import HTMLParser

import pytest
from classroom.feedback import page
from classroom.notebook import Graded
from classroom.report import harmless
from classroom.submission import Result
from hypothesis import given
from hypothesis import strategies as st

GRADED = [Graded(name="double_value", points=2.0), Graded(name="triple_value", points=3.0)]
ALLOWED = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "strong", "table", "tr", "th", "td",
           "ul", "li"}  # fmt: skip


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


def made(**fields):
    base = {"name": "ada", "scores": {"double_value": 2.0, "triple_value": 0.0}, "errors": {}}
    return page(Result(**{**base, **fields}), student="ada", assignment="99_tiny", graded=GRADED)


@given(
    st.text(), st.sampled_from(["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><b>', "&lt;"])
)
def test_no_text_becomes_markup(text, markup):
    for said in (text + markup, markup + text):
        result = made(
            errors={"triple_value": said}, answers={"cell 1": said}, notes=(said,), stopped=said, look=(said,)
        )
        tags = Tags()
        tags.feed(result)
        assert tags.seen <= ALLOWED
        assert tags.attributes <= {"lang", "charset", "http-equiv", "content", "class"}


def test_the_page_says_points_and_why():
    told = made(errors={"triple_value": "AssertionError: the slope must be -1"})
    assert "2 of 5 points" in told
    assert "<td>the slope must be -1</td>" in told
    assert "<td>passed</td>" in told


def test_what_needs_a_look_is_never_called_nothing():
    told = made(scores={"double_value": 0.0, "triple_value": 0.0}, look=("no answer was found",))
    assert "not graded yet" in told
    assert "needs a look" in told
    assert "0 of 5 points" not in told


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "a\nb", "a\rb", "\x1b[31mred"])
def test_no_text_is_a_formula_or_two_lines_in_the_table(text):
    cell = harmless(text)
    assert not cell.startswith(("=", "+", "-", "@"))
    assert "\n" not in cell
    assert "\r" not in cell
    assert "\x1b" not in cell
