"""Whatever a learning management system makes of hand-ins, each student's is found."""

import csv
import io
import os
import zipfile
from pathlib import Path

import pytest
from classroom.collect import LIST, collected, safe_name, unique, write_collected
from hypothesis import given
from hypothesis import strategies as st

NAME = "01_gans"


def written(path: Path, text: str = "{}", *, time: float = 1_000_000.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time, time))
    return path


def zipped(files: dict[str, str], *, day: int = 1) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=(2026, 1, day, 0, 0, 0)), text)
    return data.getvalue()


def found(place: Path, tmp_path: Path) -> dict[str, str]:
    """What each student's file says."""
    result = {}
    for each in collected(place, assignment=NAME, scratch=tmp_path / "scratch"):
        result[each.student] = each.file.read_text(encoding="utf-8") if each.file else each.problem
    return result


def test_a_folder_each_under_any_name(tmp_path):
    place = tmp_path / "in"
    written(place / "ada" / "01_gans.ipynb", "ada's")
    written(place / "bob" / "final FINAL.ipynb", "bob's")
    written(place / "cid" / "deep" / "er" / "x.py", "cid's")
    (place / "dan").mkdir()
    written(place / "__MACOSX" / "._01_gans.ipynb")
    written(place / ".hidden" / "01_gans.ipynb")
    written(place / "eve" / ".ipynb_checkpoints" / "01_gans-checkpoint.ipynb")
    assert found(place, tmp_path) == {
        "ada": "ada's",
        "bob": "bob's",
        "cid": "cid's",
        "dan": "no notebook was handed in",
        "eve": "no notebook was handed in",
    }


@pytest.mark.parametrize("inner", ["", "submitted"])
def test_nbgraders_own_folders(tmp_path, inner):
    place = tmp_path / "course"
    written(place / inner / "ada" / NAME / "01_gans.ipynb", "right")
    written(place / inner / "ada" / "02_pix2pix" / "02_pix2pix.ipynb", "other", time=2_000_000.0)
    assert found(place, tmp_path) == {"ada": "right"}


def test_moodle_canvas_and_blackboard(tmp_path):
    place = tmp_path / "in"
    written(place / "Jane Doe_12345_assignsubmission_file_" / "hw.ipynb", "Jane's")
    written(place / "doejohn_LATE_11_22_01_gans-1.ipynb", "John's")
    written(place / "leekim_33_44_mine.ipynb", "Kim's")
    written(place / "GANs_poe7_attempt_2026-01-02-10-00-00_x.ipynb", "Poe's")
    assert found(place, tmp_path) == {
        "Jane Doe": "Jane's",
        "doejohn": "John's",
        "leekim": "Kim's",
        "poe7": "Poe's",
    }


def test_a_zip_of_all_and_zips_within(tmp_path):
    inner = zipped({"work/01_gans.ipynb": "Bo's", "__MACOSX/work/._01_gans.ipynb": "no"})
    place = tmp_path / "all.zip"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("all/[CS101] Jane: the first_7_assignsubmission_file_/a.ipynb", "Jane's")
        archive.writestr("all/Bo_8_assignsubmission_file_/b.zip", inner)
        archive.writestr("__MACOSX/all/._x", "no")
    assert found(place, tmp_path) == {"[CS101] Jane: the first": "Jane's", "Bo": "Bo's"}


def test_a_zip_per_student(tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    (place / "ada.zip").write_bytes(zipped({"a/b/c.ipynb": "ada's"}))
    (place / "bob.zip").write_bytes(b"no zip at all")
    result = collected(place, assignment=NAME, scratch=tmp_path / "scratch")
    by_name = {each.student: each for each in result}
    assert by_name["ada"].file.read_text() == "ada's"
    assert "could not be unpacked" in " ".join(by_name["bob"].notes)
    assert by_name["bob"].problem


def test_the_newest_counts_and_the_others_are_named(tmp_path):
    place = tmp_path / "in"
    written(place / "ada" / "01_gans.ipynb", "old", time=1_000_000.0)
    written(place / "ada" / "01_gans (1).ipynb", "new", time=3_000_000.0)
    written(place / "ada" / "01_gans (2).ipynb", "middle", time=2_000_000.0)
    written(place / "ada" / "notes.ipynb", "no", time=9_000_000.0)
    (ada,) = collected(place, assignment=NAME, scratch=tmp_path / "scratch")
    assert ada.file.read_text() == "new"
    assert "the newest of 3 files counts" in ada.notes[-2]
    assert ada.notes[-1].endswith("and left aside: notes.ipynb")


def test_a_later_file_of_another_kind_is_named_and_an_earlier_one_is_not(tmp_path):
    place = tmp_path / "in"
    written(place / "ada" / "01_gans.ipynb", "counts", time=2_000_000.0)
    written(place / "ada" / "final.py", "late", time=3_000_000.0)
    written(place / "ada" / "scratch.ipynb", "early", time=1_000_000.0)
    (ada,) = collected(place, assignment=NAME, scratch=tmp_path / "scratch")
    assert ada.file.read_text() == "counts"
    assert [note for note in ada.notes if "left aside" in note] == [
        "newer, but of another name, elsewhere or no notebook, and left aside: final.py"
    ]


def test_nothing_leaves_the_folder_it_is_unpacked_into(tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    (place / "ada.zip").write_bytes(zipped({"../../../evil.ipynb": "evil", "/etc/evil.ipynb": "evil"}))
    assert found(place, tmp_path) == {"ada": "evil"}
    assert not [path for path in tmp_path.rglob("evil.ipynb") if "scratch" not in path.parts]
    written(tmp_path / "secret.ipynb", "secret")
    (place / "bob").mkdir()
    (place / "bob" / "01_gans.ipynb").symlink_to(tmp_path / "secret.ipynb")
    assert found(place, tmp_path)["bob"] == "no notebook was handed in"


def test_what_is_collected_can_be_collected_again(tmp_path):
    place = tmp_path / "in"
    written(place / "[CS101] Jane: the first" / "x.ipynb", "Jane's")
    written(place / "_CS101_ Jane_ the first" / "x.ipynb", "another's")
    first = collected(place, assignment=NAME, scratch=tmp_path / "scratch")
    write_collected(first, assignment=NAME, to=tmp_path / "class")
    with (tmp_path / "class" / LIST).open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 2
    assert found(tmp_path / "class", tmp_path) == found(place, tmp_path)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6))
def test_any_name_becomes_a_folders_name_of_its_own(names):
    taken: set[str] = set()
    folders = [unique(safe_name(name), taken) for name in names]
    assert len({folder.casefold() for folder in folders}) == len(names)
    for folder in folders:
        assert 0 < len(folder) < 100
        assert not set('<>:"/\\|?*[]\0') & set(folder)
        assert not folder.startswith(".")
        assert folder.strip(" .") == folder
        folder.encode("utf-8")


def test_the_command_says_what_it_did(tmp_path, capsys):
    import assignments

    written(tmp_path / "in" / "ada" / "x.ipynb", "{}")
    (tmp_path / "in" / "bob").mkdir()
    status = assignments.collect_folder(tmp_path / "in", assignment=NAME, to=tmp_path / "class")
    told = capsys.readouterr().out
    assert status == 0
    assert "ada: taken from x.ipynb" in told
    assert "2 students" in told
    assert "1 of them without a notebook" in told
    assert (tmp_path / "class" / "ada" / "01_gans.ipynb").is_file()
    assert assignments.collect_folder(tmp_path / "none", assignment=NAME, to=tmp_path / "x") == 2
