"""Text and JSON files: read, or refused with a reason that fits into a sentence."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.data.text_files import UnreadableError, read_json_object, read_text

quick = examples(60)


@quick
@given(content=st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    try:
        assert read_text(path).encode() == content
    except UnreadableError as error:
        text = str(error)
    else:
        return
    assert "no UTF-8 text" in text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@quick
@given(value=json_values)
def test_only_objects_are_read(tmp_path: Path, value: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    if isinstance(value, dict):
        assert json.dumps(read_json_object(path)) == json.dumps(value)
    else:
        with pytest.raises(UnreadableError, match="expected entries by name, found a"):
            read_json_object(path)


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        read_text(tmp_path / "gone")
    with pytest.raises(UnreadableError, match="Is a directory"):
        read_text(tmp_path)
    (tmp_path / "long").write_text("abcdef")
    assert read_text(tmp_path / "long", limit=6) == "abcdef"
    with pytest.raises(UnreadableError, match="more than 5 bytes"):
        read_text(tmp_path / "long", limit=5)
    for content in ("", "{", '{"a": 1', "[" * 100_000):
        (tmp_path / "a.json").write_text(content)
        with pytest.raises(UnreadableError, match="no JSON"):
            read_json_object(tmp_path / "a.json")
