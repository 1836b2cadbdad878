"""A table fits its page: turned where that is narrower, else in bands, and no column is lost."""

from hypothesis import given
from hypothesis import strategies as st

from udtlib.evaluate.layout import FITS, bands, stands_turned, width

WORDS = st.text("abcdef ", max_size=40)


def test_a_column_is_as_wide_as_its_longest_word_and_names_have_some_room() -> None:
    assert width(["a measure of alignment", "0.5"]) == len("alignment") + 2
    assert width(["0.983\u00a0±\u00a00.004"]) == len("0.983 ± 0.004") + 2
    assert width(["one two three four five six"], names=True) == 16 + 2
    assert width(["one"], names=True) == 3 + 2


def test_what_fits_stands_side_by_side_and_what_does_not_in_equal_bands() -> None:
    number = ["energy", "0.983\u00a0±\u00a00.004"]
    assert bands(["system"], [number] * 4) == [range(4)]
    assert bands(["system"], [number] * 7) == [range(4), range(4, 7)]
    assert bands(["system"], [["x" * 200], ["y"]]) == [range(1), range(1, 2)]


@given(names=st.lists(WORDS), columns=st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=12))
def test_bands_hold_every_column_once_and_fit(names: list[str], columns: list[list[str]]) -> None:
    found = bands(names, columns)
    assert [index for band in found for index in band] == list(range(len(columns)))
    for band in found:
        taken = width(names, names=True) + sum(width(columns[index]) for index in band)
        assert taken <= FITS or len(band) == 1


def test_a_table_is_turned_only_where_that_saves_a_band() -> None:
    wide = ["0.983\u00a0±\u00a00.004"] * 8
    measures = [f"measure {k}" for k in range(8)]
    assert stands_turned(["one", "two"], measures, [wide, wide])
    assert not stands_turned(measures, ["one", "two"], [wide[:2]] * 8)
    assert not stands_turned(["one", "two"], ["fit"], [["0.5"], ["0.6"]])
