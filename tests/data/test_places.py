"""Where results go: refused before the work begins, or written in one piece."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.data import places
from udtlib.data.places import check_file_place, check_folder_place, whole_file


def test_a_good_place_is_left_as_it_is(tmp_path: Path) -> None:
    check_file_place(tmp_path / "a.csv")
    check_file_place(tmp_path / "b" / "c" / "a.csv", later=True)
    (tmp_path / "old.csv").write_text("kept")
    check_file_place(tmp_path / "old.csv")
    assert (tmp_path / "old.csv").read_text() == "kept"
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["old.csv"]


def test_a_bad_place_is_named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(
        ValueError, match=r"folder\.csv is a folder; expected the name of a file to write, such as"
    ):
        check_file_place(tmp_path / "folder.csv")
    with pytest.raises(ValueError, match="missing does not exist; make it first"):
        check_file_place(tmp_path / "missing" / "a.csv")
    (tmp_path / "file").write_text("")
    for later in (False, True):
        with pytest.raises(ValueError, match="file is a file, or lies in one"):
            check_file_place(tmp_path / "file" / "a.csv", later=later)

    def refuse(**options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(places.tempfile, "NamedTemporaryFile", refuse)
    with pytest.raises(ValueError, match=r"cannot be written into \(Permission denied\); make it writable"):
        check_folder_place(tmp_path)


@examples(60)
@given(name=st.text(max_size=300))
def test_any_name_is_good_or_refused(tmp_path: Path, name: str) -> None:
    if ".." in name or name.startswith("/"):
        return
    try:
        check_file_place(tmp_path / name)
    except ValueError as error:
        text = str(error)
    else:
        return
    assert str(tmp_path) in text


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def broken_off() -> None:
        with whole_file(path) as scratch:
            scratch.write_text("ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert path.read_text() == "old"
    with whole_file(path) as scratch:
        scratch.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]
